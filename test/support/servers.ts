/** Elasticsearch and an object store that all test files of a run share: take names of your own for indexes and buckets. */

export interface SharedElasticsearch {
  readonly url: string;
}

export interface SharedS3 {
  readonly endpoint: string;
  readonly accessKey: string;
  readonly secretKey: string;
}

/** A running server that tests are to use, `http://127.0.0.1:9200`, instead of one that the run starts. */
const ELASTICSEARCH_VARIABLE = 'MILLRACE_TEST_ELASTICSEARCH';
/** The same, `http://accessKey:secretKey@127.0.0.1:9000`. */
const S3_VARIABLE = 'MILLRACE_TEST_S3';

export async function sharedElasticsearch(): Promise<SharedElasticsearch> {
  const url = process.env[ELASTICSEARCH_VARIABLE];
  if (url === undefined) throw new Error(`${ELASTICSEARCH_VARIABLE} names no server`);
  return { url };
}

export async function sharedS3(): Promise<SharedS3> {
  const given = process.env[S3_VARIABLE];
  if (given === undefined) throw new Error(`${S3_VARIABLE} names no server`);
  const { origin, username, password } = new URL(given);
  return { endpoint: origin, accessKey: username, secretKey: password };
}
