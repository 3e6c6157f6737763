/**
 * A network between a client and its server that can do what networks do: count, fall silent with connections open, cut
 * them, and be away.
 */
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';

export class FaultyNetwork {
  readonly endpoint: string;
  /** What the server has sent. */
  bytesDown = 0;
  /** What the client has sent. */
  bytesUp = 0;
  connections = 0;
  /** Called with each piece that the server sends, before it is passed on. */
  onDown: (chunk: Buffer) => void = () => undefined;
  readonly #server: Server;
  readonly #port: number;
  readonly #sockets = new Set<Socket>();
  #silent = false;

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.#port = port;
    this.endpoint = `http://127.0.0.1:${port}`;
  }

  static async before(endpoint: string): Promise<FaultyNetwork> {
    const target = new URL(endpoint);
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const network = new FaultyNetwork(server, (server.address() as AddressInfo).port);
    server.on('connection', (socket) => { network.#join(socket, connect(Number(target.port), target.hostname)); });
    return network;
  }

  /** Nothing comes through any more, and nobody is told. */
  fallSilent(): void {
    this.#silent = true;
  }

  /** Connections that fell silent stay so. */
  speak(): void {
    this.#silent = false;
  }

  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  /** Connections are refused. */
  async goAway(): Promise<void> {
    this.#server.close();
    this.cut();
    await once(this.#server, 'close');
  }

  async comeBack(): Promise<void> {
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  async close(): Promise<void> {
    if (this.#server.listening) await this.goAway();
  }

  #join(near: Socket, far: Socket): void {
    this.connections += 1;
    let dead = false;
    const pass = (from: Socket, to: Socket, seen: (chunk: Buffer) => void): void => {
      this.#sockets.add(from);
      from.on('data', (chunk: Buffer) => {
        dead ||= this.#silent;
        if (dead) return;
        seen(chunk);
        to.write(chunk);
      });
      from.on('close', () => {
        this.#sockets.delete(from);
        to.destroy();
      });
      from.on('error', () => undefined);
    };
    pass(near, far, (chunk) => {
      this.bytesUp += chunk.length;
    });
    pass(far, near, (chunk) => {
      this.bytesDown += chunk.length;
      this.onDown(chunk);
    });
  }
}
