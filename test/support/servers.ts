/**
 * Elasticsearch and an object store for tests: the shared ones of the run, for tests that take names of their own for
 * indexes and buckets, or one of one's own, to stop and to kill.
 */
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { startElasticsearch, startS3, type ElasticsearchServer, type ElasticsearchServerOptions, type S3Server, type S3ServerOptions } from '../../ops/stack/index.ts';
import { withTemporaryFolder } from './folders.ts';
import { SERVERS_SOCKET_VARIABLE, type Answer, type SharedElasticsearch, type SharedS3, type SharedServer, type SharedServers } from './shared-servers.ts';

export type { SharedElasticsearch, SharedS3 } from './shared-servers.ts';

/** A running server that tests are to use, `http://127.0.0.1:9200`, instead of one that the run starts. */
const ELASTICSEARCH_VARIABLE = 'MILLRACE_TEST_ELASTICSEARCH';
/** The same, `http://accessKey:secretKey@127.0.0.1:9000`. */
const S3_VARIABLE = 'MILLRACE_TEST_S3';

export async function sharedElasticsearch(): Promise<SharedElasticsearch> {
  const url = process.env[ELASTICSEARCH_VARIABLE];
  return url === undefined ? askFor('elasticsearch') : { url };
}

export async function sharedS3(): Promise<SharedS3> {
  const given = process.env[S3_VARIABLE];
  if (given === undefined) return askFor('s3');
  const { origin, username, password } = new URL(given);
  return { endpoint: origin, accessKey: username, secretKey: password };
}

/** A server that the main process of the run has; it starts it when nobody asked before. */
export async function askFor<S extends SharedServer>(server: S): Promise<SharedServers[S]> {
  const file = process.env[SERVERS_SOCKET_VARIABLE];
  if (file === undefined) throw new Error('test/support/kafka-fixture.ts is not loaded: run mocha with a configuration of this project');
  const socket = connect(file);
  socket.write(server);
  const answer = JSON.parse(await text(socket)) as Answer<S>;
  if ('failure' in answer) throw new Error(answer.failure);
  return answer;
}

/** An Elasticsearch that only this test uses. Its data goes with it. */
export const withElasticsearch = <T>(options: Omit<ElasticsearchServerOptions, 'directory'>, use: (server: ElasticsearchServer) => Promise<T>): Promise<T> =>
  withTemporaryFolder(async (directory) => {
    const server = await startElasticsearch({ ...options, directory });
    try {
      return await use(server);
    } finally {
      await server.close();
    }
  });

/** An object store that only this test uses. Its data goes with it. */
export const withS3 = <T>(options: Omit<S3ServerOptions, 'directory'>, use: (server: S3Server) => Promise<T>): Promise<T> =>
  withTemporaryFolder(async (directory) => {
    const server = await startS3({ ...options, directory });
    try {
      return await use(server);
    } finally {
      await server.close();
    }
  });
