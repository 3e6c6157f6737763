/**
 * A TCP proxy between the program and a server: keeps the address while the server is away, and can leave connections
 * half open, as a firewall that drops packets does.
 */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface Proxy {
  readonly port: number;
  /** `pass`: bytes flow. `stall`: connections stay open, nothing flows in either direction. `refuse`: connections are reset. */
  set(mode: 'pass' | 'stall' | 'refuse'): void;
  close(): Promise<void>;
}

export async function startProxy({ hostname: host, port }: URL): Promise<Proxy> {
  let mode: 'pass' | 'stall' | 'refuse' = 'pass';
  const pairs = new Set<readonly [Socket, Socket]>();
  const server = createServer((client) => {
    if (mode === 'refuse') {
      client.resetAndDestroy();
      return;
    }
    const upstream = connect({ host, port: Number(port) });
    const pair = [client, upstream] as const;
    pairs.add(pair);
    const gone = (other: Socket): void => {
      pairs.delete(pair);
      // What it was given is still sent.
      other.destroySoon();
    };
    client.on('close', () => { gone(upstream); });
    upstream.on('close', () => { gone(client); });
    for (const socket of pair) socket.on('error', () => undefined);
    join(pair, mode);
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  return {
    port: (server.address() as AddressInfo).port,
    set(next) {
      mode = next;
      for (const pair of pairs) {
        if (next === 'refuse') pair[0].resetAndDestroy();
        // What stood still stays so: as on a real network, the peers find out by their own time-outs.
        else if (next === 'stall') part(pair);
      }
    },
    async close() {
      for (const pair of pairs) for (const socket of pair) socket.destroy();
      await new Promise((resolve) => { server.close(resolve); });
    },
  };
}

function join([client, upstream]: readonly [Socket, Socket], mode: 'pass' | 'stall'): void {
  if (mode === 'stall') return;
  client.pipe(upstream);
  upstream.pipe(client);
}

function part([client, upstream]: readonly [Socket, Socket]): void {
  client.unpipe(upstream);
  upstream.unpipe(client);
  client.pause();
  upstream.pause();
}
