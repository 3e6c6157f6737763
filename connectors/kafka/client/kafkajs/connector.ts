/**
 * How kafkajs connects: address, login, log, and sockets that can be cut. By itself it waits at its end for every request
 * under way: `cut` ends the sockets, and no new ones are made.
 */
import net, { type Socket } from 'node:net';
import tls from 'node:tls';
import { logLevel, type ISocketFactory, type KafkaConfig, type logCreator } from 'kafkajs';
import { MillraceError } from '../../../ports/index.ts';
import type { CompiledConnectionOptions } from '../../options.ts';
import { saslOptions, tlsOptions } from './security.ts';

const KEEP_ALIVE_DELAY_MS = 60_000;

const LEVELS = new Map([[logLevel.ERROR, 'error'], [logLevel.WARN, 'warn'], [logLevel.INFO, 'info'], [logLevel.DEBUG, 'debug']] as const);

/** kafkajs logs much that heals by itself; what does not is thrown. So nothing is written unless it is asked for. */
const logCreatorOf = ({ log }: CompiledConnectionOptions): logCreator => () => ({ level, log: { message } }) => {
  const name = LEVELS.get(level as logLevel.ERROR);
  if (name !== undefined) log?.(name, message);
};

export class Connector {
  readonly config: KafkaConfig & { readonly logLevel: logLevel; readonly logCreator: logCreator; readonly socketFactory: ISocketFactory };
  readonly #sockets = new Set<Socket>();
  #isCut = false;

  constructor(options: CompiledConnectionOptions) {
    const ssl = tlsOptions(options);
    const sasl = saslOptions(options);
    this.config = {
      brokers: options.brokers,
      clientId: options.clientId,
      connectionTimeout: options.connectionTimeoutMs,
      authenticationTimeout: options.connectionTimeoutMs,
      requestTimeout: options.requestTimeoutMs,
      enforceRequestTimeout: true,
      logLevel: options.log === undefined ? logLevel.NOTHING : logLevel.INFO,
      logCreator: logCreatorOf(options),
      socketFactory: (address) => this.#connect(address),
      ...(ssl !== undefined && { ssl }),
      ...(sasl !== undefined && { sasl }),
    };
  }

  get isCut(): boolean {
    return this.#isCut;
  }

  cut(): void {
    this.#isCut = true;
    // With an error, or kafkajs does not notice.
    for (const socket of this.#sockets) socket.destroy(new Error('Closed'));
  }

  #connect({ host, port, ssl, onConnect }: Parameters<ISocketFactory>[0]): Socket {
    if (this.#isCut) throw new MillraceError('MILL_CLOSED', 'The Kafka client is closed.');
    const socket = (ssl as object | undefined) === undefined || (ssl as object | null) === null
      ? net.connect({ host, port }, onConnect)
      : tls.connect({ host, port, ...(net.isIP(host) === 0 && { servername: host }), ...ssl }, onConnect);
    socket.setKeepAlive(true, KEEP_ALIVE_DELAY_MS);
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    return socket;
  }
}
