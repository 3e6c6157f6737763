/**
 * Interactive queries over HTTP, at what `applicationServer` names. Answers are JSON, and one line of JSON an entry where
 * there may be many. A store that is not here is 404, one that cannot be read now 503, a key that another instance has 307.
 */
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { MillraceError, toMillraceError } from '../../connectors/ports/index.ts';
import { toJson } from './json.ts';
import { answer } from './routes.ts';
import type { QueryTarget } from './routes.ts';

export interface QueryServerOptions extends QueryTarget {
  /** @default '127.0.0.1' */
  readonly host?: string;
  /** @default any that is free */
  readonly port?: number;
}

export interface QueryServer {
  readonly port: number;
  close(): Promise<void>;
}

export async function serveQueries({ host = '127.0.0.1', port = 0, ...target }: QueryServerOptions): Promise<QueryServer> {
  const server = createServer((request, response) => void handle(target, request, response));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => { resolve(); });
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () => new Promise((resolve) => {
      server.close(() => { resolve(); });
      server.closeAllConnections();
    }),
  };
}

async function handle(target: QueryTarget, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      send(response, 405, new MillraceError('MILL_CONFIG_INVALID', 'Stores can be read, and not written.'), { allow: 'GET, HEAD' });
      return;
    }
    const url = new URL(request.url ?? '/', 'http://stores');
    const answered = await answer(target, url);
    if (answered.type === 'json') send(response, answered.status, answered.body);
    else if (answered.type === 'redirect') send(response, 307, { endpoint: answered.endpoint }, { location: `http://${answered.endpoint}${url.pathname}${url.search}` });
    else await sendEntries(response, answered.entries);
  } catch (error) {
    if (response.headersSent) response.destroy();
    else send(response, statusOf(toMillraceError(error)), toMillraceError(error));
  }
}

function statusOf({ code }: MillraceError): number {
  switch (code) {
    case 'MILL_STORE_UNAVAILABLE': return 503;
    case 'MILL_CONFIG_INVALID':
    case 'MILL_TOPOLOGY_INVALID': return 400;
    default: return 500;
  }
}

/** The first entry is read before anything is sent: a store that cannot be read is no empty one. */
async function sendEntries(response: ServerResponse, entries: AsyncIterable<readonly [unknown, unknown]>): Promise<void> {
  const iterator = entries[Symbol.asyncIterator]();
  let next = await iterator.next();
  response.writeHead(200, { 'content-type': 'application/x-ndjson' });
  await pipeline(Readable.from((async function* lines() {
    try {
      for (; next.done !== true; next = await iterator.next()) yield `${toJson({ key: next.value[0], value: next.value[1] })}\n`;
    } finally {
      await iterator.return?.();
    }
  })()), response);
}

function send(response: ServerResponse, status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): void {
  const shown = body instanceof MillraceError ? { code: body.code, message: body.message, hint: body.hint } : body;
  const bytes = Buffer.from(toJson(shown));
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': bytes.length, ...headers });
  response.end(bytes);
}
