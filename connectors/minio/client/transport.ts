/**
 * How minio-js reaches the server. It takes any object with `request`, and this one adds what it lacks: a connection
 * that stays silent is closed (minio-js would wait for ever), a request can be aborted, and every answer that is no
 * success becomes one class of error that keeps its status (minio-js drops it, and leaves connections of 5xx unread).
 *
 * minio-js passes on neither time-out nor signal: so each call gets a requester of its own, which knows them. (In an
 * AsyncLocalStorage they would cost every promise of the process a hook.)
 */
import http from 'node:http';
import https from 'node:https';
import { S3Refusal, S3Timeout } from './failure.ts';
import type { CompiledS3Options } from './options.ts';

export interface CallSettings {
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

export interface Requester {
  readonly request: typeof http.request;
}

export interface S3Transport {
  readonly agent: http.Agent;
  /** What minio-js sends requests by; all of them have these settings. */
  requester(settings: CallSettings): Requester;
  close(): void;
}

/** More would only queue inside the server. */
const MAX_SOCKETS = 64;
const MAX_ERROR_BYTES = 64 << 10;

export function createTransport({ endpoint, ca }: Pick<CompiledS3Options, 'endpoint' | 'ca'>): S3Transport {
  const secure = endpoint.startsWith('https:');
  const settings = { keepAlive: true, maxSockets: MAX_SOCKETS, scheduling: 'lifo' as const };
  const agent = secure ? new https.Agent({ ...settings, ...(ca === undefined ? {} : { ca }) }) : new http.Agent(settings);
  const request = ({ timeoutMs, signal }: CallSettings, options: http.RequestOptions, onSuccess: (response: http.IncomingMessage) => void): http.ClientRequest => {
    const sent = (secure ? https : http).request({ ...options, timeout: timeoutMs, signal }, (response) => {
      current = response;
      if (isSuccess(response)) onSuccess(response);
      else refuse(sent, options.method ?? 'GET', response);
    });
    let current: http.IncomingMessage | undefined;
    sent.on('timeout', () => {
      // A reader that is slow is no server that is silent.
      if (current !== undefined && current.readableLength > 0 && !current.complete) {
        sent.setTimeout(timeoutMs);
        return;
      }
      dropIdle(agent);
      const error = new S3Timeout(`The server was silent for ${timeoutMs} ms`);
      current?.destroy(error);
      sent.destroy(error);
    });
    return sent;
  };
  return {
    agent,
    requester: (call) => ({ request: ((options: http.RequestOptions, onSuccess: (response: http.IncomingMessage) => void) => request(call, options, onSuccess)) as typeof http.request }),
    close: () => { agent.destroy(); },
  };
}

const isSuccess = ({ statusCode = 0 }: http.IncomingMessage): boolean => statusCode >= 200 && statusCode < 300;

/** Reads what the server says of it and ends the request with that. */
function refuse(sent: http.ClientRequest, method: string, response: http.IncomingMessage): void {
  let body = '';
  const end = (): void => {
    const status = response.statusCode ?? 0;
    const code = tag(body, 'Code') ?? headerOf(response, 'x-minio-error-code') ?? (status === 404 ? 'NotFound' : status === 403 ? 'AccessDenied' : '');
    const message = tag(body, 'Message') ?? headerOf(response, 'x-minio-error-desc') ?? response.statusMessage ?? '';
    sent.emit('error', new S3Refusal(status, code, message));
  };
  if (method === 'HEAD') {
    response.resume();
    end();
    return;
  }
  response.setEncoding('utf8');
  response.on('data', (chunk: string) => {
    body += chunk;
    if (body.length > MAX_ERROR_BYTES) response.destroy();
  });
  response.once('close', end);
  // How far it came is what is told.
  response.on('error', () => undefined);
}

const tag = (xml: string, name: string): string | undefined => new RegExp(`<${name}>([^<]{0,500})</${name}>`).exec(xml)?.[1];

function headerOf(response: http.IncomingMessage, name: string): string | undefined {
  const value = response.headers[name];
  return typeof value === 'string' ? value.replaceAll('"', '') : undefined;
}

/** When one connection is dead the others that nobody uses probably are too. */
function dropIdle(agent: http.Agent): void {
  for (const sockets of Object.values(agent.freeSockets)) sockets?.forEach((socket) => { socket.destroy(); });
}
