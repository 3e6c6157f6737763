/** Stands before the real registry: counts what is asked, and answers otherwise where a test says so. */
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

export type Fault =
  | { readonly type: 'answer'; readonly status: number; readonly body: string; readonly contentType?: string }
  /** The connection ends before the answer, or in the middle of it. */
  | { readonly type: 'cut'; readonly after: 'nothing' | 'half' }
  | { readonly type: 'silence' };

export interface RegistryProxy {
  readonly url: string;
  /** `GET /schemas/ids/1` and so on, in order. */
  readonly requests: string[];
  /** Headers of the last request. */
  readonly lastHeaders: () => http.IncomingHttpHeaders;
  /** Decides for each request; `null` lets it through. */
  fault: (request: string) => Fault | null;
  /** Refuses connections, and comes back on the same port. */
  stop(): Promise<void>;
  start(): Promise<void>;
}

/** Runs `use` with a proxy that is closed after it; over TLS where it has a certificate. */
export async function withRegistryProxy<T>(registryUrl: string, use: (proxy: RegistryProxy) => Promise<T>, tls?: https.ServerOptions): Promise<T> {
  const base = new URL(registryUrl).pathname.replace(/\/$/, '');
  let headers: http.IncomingHttpHeaders = {};
  const answer: http.RequestListener = (request, response) => {
    headers = request.headers;
    const name = `${request.method ?? ''} ${(request.url ?? '').slice(base.length)}`;
    proxy.requests.push(name);
    const fault = proxy.fault(name);
    if (fault === null) void forward(request, response, registryUrl);
    else fail(fault, response);
  };
  const server = tls === undefined ? http.createServer(answer) : https.createServer(tls, answer);
  let port = 0;
  const start = async (): Promise<void> => {
    await new Promise<void>((resolve) => { server.listen(port, '127.0.0.1', resolve); });
    ({ port } = server.address() as AddressInfo);
  };
  const stop = (): Promise<void> => new Promise((resolve) => {
    server.close(() => { resolve(); });
    server.closeAllConnections();
  });
  await start();
  const proxy: RegistryProxy = { url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}${base}`, requests: [], lastHeaders: () => headers, fault: () => null, start, stop };
  try {
    return await use(proxy);
  } finally {
    await stop();
  }
}

async function forward(request: http.IncomingMessage, response: http.ServerResponse, registryUrl: string): Promise<void> {
  const { host: _, connection: __, ...headers } = request.headers;
  const onward = http.request(new URL(request.url ?? '', registryUrl), { method: request.method, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 500, answer.headers);
    answer.pipe(response);
  });
  onward.on('error', () => response.destroy());
  onward.end(await buffer(request));
}

function fail(fault: Fault, response: http.ServerResponse): void {
  if (fault.type === 'silence') return;
  if (fault.type === 'answer') {
    response.writeHead(fault.status, { 'content-type': fault.contentType ?? 'application/json' }).end(fault.body);
  } else if (fault.after === 'nothing') {
    response.destroy();
  } else {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': 100 }).write('{"schema": "{', () => response.destroy());
  }
}

export const json = (status: number, body: object): Fault => ({ type: 'answer', status, body: JSON.stringify(body) });
