/**
 * What is used of the insides of kafkajs 2.2.4 (pinned exactly), and no more. Its public interface reads only through a
 * group consumer; a request to one node, with the answer of each partition by itself, needs its Broker.
 */
declare module 'kafkajs/src/broker/index.js' {
  import type { ConnectionPool } from 'kafkajs/src/cluster/connectionPoolBuilder.js';
  import type { Logger } from 'kafkajs/src/loggers/index.js';
  import type { Api, Protocol } from 'kafkajs/src/protocol/requests/index.js';

  export default class Broker {
    readonly connectionPool: ConnectionPool;
    /** Known once connected: picks the newest version that both sides have. */
    readonly lookupRequest: (apiKey: number, api: Api) => (body: object) => Protocol;
    constructor(options: { connectionPool: ConnectionPool; logger: Logger; allowAutoTopicCreation: boolean });
    isConnected(): boolean;
    connect(): Promise<void>;
    disconnect(): Promise<void>;
  }
}

declare module 'kafkajs/src/cluster/connectionPoolBuilder.js' {
  import type { Protocol } from 'kafkajs/src/protocol/requests/index.js';

  export interface RequestQueue {
    readonly pending: readonly object[];
    /** 0 or less: the broker has not asked for a pause. */
    readonly throttledUntil: number;
    throttleCheckTimeoutId: NodeJS.Timeout | null;
    scheduleCheckPendingRequests: () => void;
    checkPendingRequests(): void;
  }
  export interface Connection {
    readonly requestQueue: RequestQueue;
    send(protocol: Protocol): Promise<unknown>;
  }
  export interface ConnectionPool {
    readonly pool: readonly Connection[];
    getConnection(index: number): Promise<Connection>;
  }
  export default function connectionPoolBuilder(options: object): { build(address: { host: string; port: number }): Promise<ConnectionPool> };
}

declare module 'kafkajs/src/loggers/index.js' {
  import type { logCreator } from 'kafkajs';

  export interface Logger {
    namespace(name: string): Logger;
  }
  export function createLogger(options: { level: number; logCreator: logCreator }): Logger;
}

declare module 'kafkajs/src/protocol/requests/index.js' {
  export interface Protocol {
    readonly request: object;
    readonly response: {
      readonly decode: (payload: Buffer) => Promise<unknown>;
      /** Throws for the first error code in the answer. */
      readonly parse: (decoded: unknown) => Promise<unknown>;
    };
    readonly requestTimeout?: number;
    readonly logResponseError?: boolean;
  }
  export type Api = object;
  export const requests: Readonly<Record<string, Api>>;
}

declare module 'kafkajs/src/protocol/requests/apiKeys.js' {
  const apiKeys: Readonly<Record<string, number>>;
  export default apiKeys;
}

declare module 'kafkajs/src/protocol/requests/fetch/v10/request.js' {
  export default function request(body: object): object;
}

declare module 'kafkajs/src/protocol/error.js' {
  import type { KafkaJSProtocolError } from 'kafkajs';

  export function createErrorFromCode(code: number): KafkaJSProtocolError;
}

declare module 'kafkajs/src/protocol/encoder.js' {
  export default class Encoder {
    writeBuffer(bytes: Buffer): this;
  }
}
