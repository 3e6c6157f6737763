/** What a test file and the main process of the run say to each other about the shared servers: a name, and an answer in JSON. */

/** Where the main process answers. */
export const SERVERS_SOCKET_VARIABLE = 'MILLRACE_TEST_SERVERS_SOCKET';

export interface SharedKafka {
  readonly bootstrap: string;
  readonly registryUrl: string;
}

export interface SharedElasticsearch {
  readonly url: string;
}

export interface SharedS3 {
  readonly endpoint: string;
  readonly accessKey: string;
  readonly secretKey: string;
}

export interface SharedServers {
  readonly kafka: SharedKafka;
  readonly elasticsearch: SharedElasticsearch;
  readonly s3: SharedS3;
}

export type SharedServer = keyof SharedServers;
export type Answer<S extends SharedServer> = SharedServers[S] | { readonly failure: string };
