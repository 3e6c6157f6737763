/** Connections to brokers, at most one to each, and single requests on them. Brokers answer a connection's requests one after another. */
import { isIP } from 'node:net';
import { MillraceError } from '../../../ports/index.ts';
import type { CompiledConnectionOptions } from '../../options.ts';
import type { Api, Broker, Connection, ConnectionPool, Library, Reader } from './library.ts';

type ConnectionOptions = NonNullable<ConstructorParameters<Library['ConnectionPool']>[1]>;
type Payload = ReturnType<Library['Writer']['create']>;

function tlsOf({ tls, brokers }: CompiledConnectionOptions): ConnectionOptions {
  if (tls === false) return {};
  const { ca, cert, key, serverName }: Partial<Record<'ca' | 'cert' | 'key' | 'serverName', string | undefined>> = tls === true ? {} : tls;
  return {
    tls: { ...ca !== undefined && { ca }, ...cert !== undefined && { cert }, ...key !== undefined && { key } },
    // Names the host to the server (SNI), which addresses cannot.
    tlsServerName: serverName ?? brokers.every((broker) => isIP(broker.slice(0, broker.lastIndexOf(':'))) === 0),
  };
}

function saslOf({ AuthenticationError }: Library, { sasl }: CompiledConnectionOptions): ConnectionOptions {
  switch (sasl?.mechanism) {
    case undefined: return {};
    case 'oauthbearer': return { sasl: {
      mechanism: 'OAUTHBEARER',
      token: () => sasl.token().catch((error: unknown) => { throw new MillraceError('MILL_KAFKA_UNAVAILABLE', `There is no token for the login: ${String(error)}`, { cause: error }); }),
      // A refusal is a success with the reason in it.
      authBytesValidator: (answer, callback) => {
        if (answer.length === 0) callback(null, answer); else callback(new AuthenticationError(`The token is refused: ${answer.toString()}`));
      },
    } };
    case 'plain': return { sasl: { mechanism: 'PLAIN', username: sasl.username, password: sasl.password } };
    case 'scram-sha-256': return { sasl: { mechanism: 'SCRAM-SHA-256', username: sasl.username, password: sasl.password } };
    case 'scram-sha-512': return { sasl: { mechanism: 'SCRAM-SHA-512', username: sasl.username, password: sasl.password } };
  }
}

export interface ApiVersion {
  readonly key: number;
  readonly version: number;
  /** Has tagged fields, in its headers too. */
  readonly flexible: boolean;
}

export class Wire {
  readonly #library: Library;
  readonly #pool: ConnectionPool;
  /** Why a connection ended; its requests are only told that it did. */
  readonly #reasons = new WeakMap<Connection, Error>();

  constructor(library: Library, options: CompiledConnectionOptions, requestTimeoutMs: number) {
    this.#library = library;
    this.#pool = new library.ConnectionPool(options.clientId, {
      connectTimeout: options.connectionTimeoutMs, requestTimeout: requestTimeoutMs, maxInflights: 64, ...tlsOf(options), ...saslOf(library, options),
    });
    // The pool listens once: a socket that reports a second error would end the process.
    this.#pool.on('connecting', ({ connection }) => { connection.on('error', (error) => { this.#reasons.set(connection, error); }); });
  }

  /** The answer, whatever error codes it holds. */
  ask<Request extends unknown[], Answer>(broker: Broker, api: Api<Request, Answer>, ...request: Request): Promise<Answer> {
    return this.#use(broker, (connection) => api.async(connection, ...request));
  }

  /** A request with a codec of one's own. */
  exchange<Answer>(broker: Broker, { key, version, flexible }: ApiVersion, request: () => Payload, parse: (reader: Reader) => Answer): Promise<Answer> {
    return this.#use(broker, (connection) => new Promise((resolve, reject) => {
      connection.send<Answer>(key, version, request, (_correlationId, _key, _version, reader) => parse(reader), flexible, flexible, (error, answer) => {
        if (error) reject(error); else resolve(answer as Answer);
      });
    }));
  }

  close(): Promise<void> {
    return this.#pool.close();
  }

  async #use<Answer>(broker: Broker, request: (connection: Connection) => Promise<Answer>): Promise<Answer> {
    const connection = await this.#pool.get(broker);
    try {
      return await request(connection);
    } catch (error) {
      if (error instanceof this.#library.ResponseError) return error['response'] as Answer;
      // An answer that is overdue blocks whatever follows it on the connection.
      if (error instanceof this.#library.TimeoutError) await connection.close();
      throw error instanceof this.#library.NetworkError ? this.#reasons.get(connection) ?? error : error;
    }
  }
}
