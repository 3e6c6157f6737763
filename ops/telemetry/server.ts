/** The HTTP server of `--metrics-port`: GET /metrics, /health and /ready, and nothing else. */
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MillraceError } from '../../connectors/ports/index.ts';
import type { Answer } from './health.ts';

export interface Routes {
  readonly metrics: (request: IncomingMessage, response: ServerResponse) => void;
  readonly health: () => Answer;
  readonly ready: () => Answer;
}

export interface TelemetryServer {
  readonly url: string;
  close(): Promise<void>;
}

const PATHS: readonly string[] = ['/metrics', '/health', '/ready'];
const REQUEST_TIMEOUT_MS = 10_000;

/** @throws MillraceError MILL_PORT_UNAVAILABLE */
export async function serveTelemetry(routes: Routes, { host, port }: { readonly host: string; readonly port: number }): Promise<TelemetryServer> {
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS }, (request, response) => { handle(routes, request, response); });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => { reject(refusal(cause, host, port)); });
    server.listen({ host, port }, resolve);
  });
  const { address, family, port: chosen } = server.address() as AddressInfo;
  return { url: `http://${family === 'IPv6' ? `[${address}]` : address}:${chosen}`, close: () => close(server) };
}

function handle(routes: Routes, request: IncomingMessage, response: ServerResponse): void {
  const pathname = request.url?.split('?', 1)[0] ?? '';
  if (!PATHS.includes(pathname)) {
    send(response, 404, { error: 'There are /metrics, /health and /ready.' });
  } else if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD');
    send(response, 405, { error: 'Only GET.' });
  } else if (pathname === '/metrics') {
    routes.metrics(request, response);
  } else {
    const { status, body } = pathname === '/health' ? routes.health() : routes.ready();
    send(response, status, body);
  }
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(`${JSON.stringify(body)}\n`);
}

async function close(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => { server.close(() => { resolve(); }); });
  server.closeAllConnections();
  await closed;
}

function refusal(cause: NodeJS.ErrnoException, host: string, port: number): MillraceError {
  const why = cause.code === 'EADDRINUSE' ? 'another process listens there' : cause.message;
  return new MillraceError('MILL_PORT_UNAVAILABLE', `Metrics cannot be served on ${host}:${port}: ${why}.`, { cause });
}
