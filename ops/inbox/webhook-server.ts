/**
 * Where the object store posts its notifications. The answer is 200 when Kafka has acknowledged the events, and 503 when
 * it has not: the store then sends the notification again, if it was given a queue, and the next listing finds the object
 * in any case.
 */
import { timingSafeEqual, createHash } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { createdObjects } from '../../connectors/minio/index.ts';
import { MillraceError, toMillraceError } from '../../connectors/ports/index.ts';
import type { Intake } from './intake.ts';

export interface WebhookOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** What the store has to show, as `Authorization: Bearer <token>`. */
  readonly token: string;
  readonly bucket: string;
  readonly intake: Pick<Intake, 'told'>;
  readonly notice: (line: string) => void;
}

export interface WebhookServer {
  readonly url: string;
  close(): Promise<void>;
}

const MAX_BODY_BYTES = 1 << 20;
const REQUEST_TIMEOUT_MS = 30_000;
/** Longer than the store keeps a connection that it does not use. */
const KEEP_ALIVE_MS = 600_000;
/** For notifications that are being worked on when the server closes. */
const CLOSE_GRACE_MS = 5_000;

/** @throws MillraceError MILL_PORT_UNAVAILABLE */
export async function serveWebhook(options: WebhookOptions): Promise<WebhookServer> {
  let closing = false;
  const server = http.createServer({ requestTimeout: REQUEST_TIMEOUT_MS }, (request, response) => {
    void answer(request, options).catch((error: unknown) => {
      const { code, message } = toMillraceError(error);
      options.notice(`a notification was not taken: ${message} [${code}]`);
      return 503;
    }).then((status) => {
      response.writeHead(status, { connection: status === 413 || closing ? 'close' : 'keep-alive' }).end();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => { reject(new MillraceError('MILL_PORT_UNAVAILABLE', `${options.host}:${options.port} cannot be listened on: ${cause.message}.`, { cause })); });
    server.listen(options.port, options.host, resolve);
  });
  // A connection that is closed here just when the store posts on it would lose the notification.
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${options.host.includes(':') ? `[${options.host}]` : options.host}:${port}/`,
    async close() {
      closing = true;
      const late = setTimeout(() => { server.closeAllConnections(); }, CLOSE_GRACE_MS);
      await new Promise<void>((resolve) => {
        server.close(() => { resolve(); });
        server.closeIdleConnections();
      });
      clearTimeout(late);
    },
  };
}

/** @returns the status */
async function answer(request: http.IncomingMessage, { token, bucket, intake, notice }: WebhookOptions): Promise<number> {
  // So the store asks whether anybody is there.
  if (request.method === 'HEAD' || request.method === 'GET') return 200;
  if (request.method !== 'POST') return 405;
  if (!isSame(request.headers.authorization ?? '', `Bearer ${token}`)) {
    notice('a notification was refused: it came with another token, or none');
    return 401;
  }
  const body = await bodyOf(request);
  if (body === null) return 413;
  // The store sends one, with no record, to see whether the target takes it.
  if (body === '') return 200;
  let keys: string[];
  try {
    keys = createdObjects(JSON.parse(body), { encodedKeys: true }).flatMap((created) => (created.bucket === bucket ? [created.key] : []));
  } catch {
    return 400;
  }
  await Promise.all(keys.map((key) => intake.told(key)));
  return 200;
}

async function bodyOf(request: http.IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += (chunk as Buffer).length;
    if (bytes <= MAX_BODY_BYTES) chunks.push(chunk as Buffer);
  }
  return bytes > MAX_BODY_BYTES ? null : Buffer.concat(chunks).toString();
}

/** In a time that does not tell how much of it is right. */
const isSame = (given: string, wanted: string): boolean => timingSafeEqual(digest(given), digest(wanted));
const digest = (secret: string): Buffer => createHash('sha256').update(secret).digest();
