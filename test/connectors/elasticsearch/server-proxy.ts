/** An HTTP proxy before a server: it notes what passes, and a test may answer in the server's place. */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface PassingRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly body: string;
}

export interface ProxyAnswer {
  readonly status: number;
  readonly body: string;
}

/** Sends a request on, as it is or changed. */
export type Forward = (request: PassingRequest) => Promise<ProxyAnswer>;
/** `undefined`: forward as it is. `silent`: no answer, and the connection stays open. */
export type Intercept = (request: PassingRequest, forward: Forward) => Promise<ProxyAnswer | 'silent' | undefined> | ProxyAnswer | 'silent' | undefined;

export class ServerProxy {
  readonly requests: PassingRequest[] = [];
  intercept: Intercept = () => undefined;
  readonly #server: Server;
  readonly #target: string;

  private constructor(target: string) {
    this.#target = target;
    this.#server = createServer((incoming, outgoing) => {
      void this.#answer(incoming).then((answer) => {
        if (answer === 'silent') return;
        outgoing.writeHead(answer.status, { 'content-type': answer.body.startsWith('<') ? 'text/html' : 'application/json', 'x-elastic-product': 'Elasticsearch' }).end(answer.body);
      });
    });
  }

  static async start(target: string): Promise<ServerProxy> {
    const proxy = new ServerProxy(target);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The bulk requests that carried documents. */
  get bulks(): PassingRequest[] {
    return this.requests.filter(({ path, body }) => path.startsWith('/_bulk') && body.includes('"index"'));
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(incoming: IncomingMessage): Promise<ProxyAnswer | 'silent'> {
    const { method = 'GET', url: path = '/' } = incoming;
    const request = { method, path, body: await text(incoming) };
    this.requests.push(request);
    const forward: Forward = async (sent) => {
      const response = await fetch(`${this.#target}${sent.path}`, {
        method: sent.method, headers: { 'content-type': incoming.headers['content-type'] ?? 'application/json', accept: incoming.headers.accept ?? '*/*' },
        ...(sent.body === '' ? {} : { body: sent.body }),
      });
      return { status: response.status, body: await response.text() };
    };
    return (await this.intercept(request, forward)) ?? forward(request);
  }
}
