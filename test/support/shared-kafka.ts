/** What a test file and the main process of the run say to each other about the shared servers. */

/** Where the main process answers. */
export const KAFKA_SOCKET_VARIABLE = 'MILLRACE_TEST_KAFKA_SOCKET';

export interface SharedKafka {
  readonly bootstrap: string;
  readonly registryUrl: string;
}

export type KafkaAnswer = SharedKafka | { readonly failure: string };
