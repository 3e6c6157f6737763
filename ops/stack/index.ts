/** The servers that Millrace runs on, on this machine: for tests, benchmarks and `millrace stack`. */
export { startKafkaStack, type KafkaStack } from './kafka-stack.ts';
export type { Broker } from './broker.ts';
export type { KafkaStackOptions } from './options.ts';
export type { StackSecurity } from './security.ts';
export { downStack, stackLogs, stackStatus, upStack, type ServerLog, type ServerReport, type StackReport, type UpOptions } from './detached-stack.ts';
export { JAVA_HINT, findJavaOfElasticsearch, javaVersion } from './java.ts';
export { mavenVersion } from './maven.ts';
export { prepareServers, type PreparedServers } from './prepare-servers.ts';
export type { FetchServersOptions } from './servers.ts';
export { ELASTICSEARCH_VERSION } from './elasticsearch/fetch-elasticsearch.ts';
export { prepareElasticsearch } from './elasticsearch/prepare-elasticsearch.ts';
export { startElasticsearch, type ElasticsearchServer, type ElasticsearchServerOptions } from './elasticsearch/start-elasticsearch.ts';
export { goVersion, pipVersion, prepareS3, type PrepareS3Options } from './s3/prepare-s3.ts';
export { S3_KINDS, type S3Kind } from './s3/program.ts';
export { startS3, type S3Server, type S3ServerOptions } from './s3/start-s3.ts';
