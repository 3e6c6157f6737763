/**
 * Every setting, once: the file, the variables, the checks, `millrace config explain` and docs/configuration.md are all
 * made from this table. A path is `name` or `group.name`.
 */
import type { Stage } from '../../topology/media/index.ts';
import { folderPath, folderPaths, listOf, matching, oneOf, origin, pemFile, text, trueFalseOrPemFile, trueOrFalse, url, wholeNumber } from './kinds.ts';
import { setting } from './setting.ts';

const STAGE_NAMES = ['admit', 'decode', 'vision', 'audio', 'text', 'assemble', 'index'] as const satisfies readonly Stage[];

const bucket = () => matching(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'the name of a bucket: 3 to 63 of a-z, 0-9, dots and hyphens');

export const SETTINGS = {
  'profile': setting({
    kind: oneOf(['embedded', 'cluster']), variable: 'MILLRACE_PROFILE', option: '--profile', defaultText: '`cluster` where Kafka brokers are known, else `embedded`',
    description: '`embedded`: log, registry, blobs and index lie in the data directory. `cluster`: Kafka and a schema registry, and Elasticsearch and an object store where they are named; what is not named lies in the data directory.',
  }),
  'data': setting({
    kind: folderPath(), variable: 'MILLRACE_DATA', option: '--data', defaultText: '`.millrace` in the working directory',
    description: 'Data directory: state, socket, a local stack, and what no server keeps.',
  }),
  'cache': setting({
    kind: folderPath(), variable: 'MILLRACE_HOME', defaultText: '`~/.cache/millrace`', notInFile: 'the launcher reads it before there is a program that reads files',
    description: 'Folder of models and downloaded servers, shared by all data directories.',
  }),
  'applicationId': setting({
    kind: matching(/^[A-Za-z0-9._-]{1,100}$/, 'up to 100 of A-Z, a-z, 0-9, dot, underscore and hyphen'), variable: 'MILLRACE_APPLICATION_ID', default: 'millrace',
    description: '`application.id` of Kafka Streams: begins the names of consumer groups, transactional ids and internal topics. Instances with the same one share the work.',
  }),
  'stages': setting({
    kind: listOf(oneOf(STAGE_NAMES), `some of ${STAGE_NAMES.join(', ')}`), variable: 'MILLRACE_STAGES', option: '--stages', defaultText: 'all',
    description: `Stages that this instance runs: ${STAGE_NAMES.map((name) => `\`${name}\``).join(', ')}.`,
  }),
  'sourceFolders': setting({
    kind: folderPaths(), variable: 'MILLRACE_SOURCE_FOLDERS', defaultText: 'every file that the process may read',
    description: 'Folders that `file:` sources may lie in. Set it where others than you write to `media.assets`: the text of a file that they name can be found afterwards.',
  }),

  'kafka.brokers': setting({
    kind: listOf(matching(/^\S+:\d{1,5}$/, 'host:port'), 'addresses, each host:port'), variable: 'MILLRACE_KAFKA_BROKERS', description: '`bootstrap.servers`: brokers to begin with, each `host:port`.',
  }),
  'kafka.driver': setting({ kind: oneOf(['kafkajs', 'platformatic']), variable: 'MILLRACE_KAFKA_DRIVER', default: 'kafkajs', description: 'Client library: `kafkajs` or `platformatic` (@platformatic/kafka).' }),
  'kafka.compression': setting({
    kind: oneOf(['none', 'gzip', 'snappy', 'lz4', 'zstd']), variable: 'MILLRACE_KAFKA_COMPRESSION', default: 'none', description: '`compression.type` of what is produced: `none`, `gzip`, `snappy`, `lz4` or `zstd`.',
  }),
  'kafka.tls': setting({ kind: trueFalseOrPemFile(), variable: 'MILLRACE_KAFKA_TLS', default: false, description: '`true`: TLS with the system\'s authorities; a path: the PEM file of the authority to trust.' }),
  'kafka.saslMechanism': setting({
    kind: oneOf(['plain', 'scram-sha-256', 'scram-sha-512']), variable: 'MILLRACE_KAFKA_SASL_MECHANISM', description: 'How to log in: `plain`, `scram-sha-256` or `scram-sha-512`. Needs user and password.',
  }),
  'kafka.username': setting({ kind: text(), variable: 'MILLRACE_KAFKA_USERNAME', description: 'User for SASL.' }),
  'kafka.password': setting({ kind: text(), variable: 'MILLRACE_KAFKA_PASSWORD', secret: true, description: 'Password for SASL.' }),

  'schemaRegistry.url': setting({ kind: url(), variable: 'MILLRACE_SCHEMA_REGISTRY', description: 'A Confluent-compatible registry. Needed with Kafka.' }),
  'schemaRegistry.username': setting({ kind: text(), variable: 'MILLRACE_SCHEMA_REGISTRY_USERNAME', description: 'User for HTTP basic authentication.' }),
  'schemaRegistry.password': setting({ kind: text(), variable: 'MILLRACE_SCHEMA_REGISTRY_PASSWORD', secret: true, description: 'Password for HTTP basic authentication.' }),

  'elasticsearch.url': setting({ kind: listOf(url(), 'URLs that begin with http:// or https://'), variable: 'MILLRACE_ELASTICSEARCH', description: 'Nodes of an Elasticsearch 9. Without it the index lies in the data directory.' }),
  'elasticsearch.apiKey': setting({ kind: text(), variable: 'MILLRACE_ELASTICSEARCH_API_KEY', secret: true, description: 'API key, encoded as Elasticsearch returns it. Instead of user and password.' }),
  'elasticsearch.username': setting({ kind: text(), variable: 'MILLRACE_ELASTICSEARCH_USERNAME', description: 'User for HTTP basic authentication.' }),
  'elasticsearch.password': setting({ kind: text(), variable: 'MILLRACE_ELASTICSEARCH_PASSWORD', secret: true, description: 'Password for HTTP basic authentication.' }),
  'elasticsearch.ca': setting({ kind: pemFile(), variable: 'MILLRACE_ELASTICSEARCH_CA', description: 'PEM file of the authority to trust instead of the system\'s.' }),
  'elasticsearch.indexPrefix': setting({
    kind: matching(/^(?!.*--)[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?$/, 'up to 64 of a-z and 0-9, and between them . _ and single hyphens'), variable: 'MILLRACE_ELASTICSEARCH_INDEX_PREFIX', default: 'media', description: 'Begins the names of all indexes and aliases.',
  }),
  'elasticsearch.vectorIndex': setting({
    kind: oneOf(['int8_hnsw', 'hnsw', 'int4_hnsw', 'bbq_hnsw', 'flat', 'int8_flat']), variable: 'MILLRACE_ELASTICSEARCH_VECTOR_INDEX', default: 'int8_hnsw',
    description: '`index_options.type` of vectors in indexes made from now on: `int8_hnsw`, `hnsw`, `int4_hnsw`, `bbq_hnsw`, `flat` or `int8_flat`.',
  }),
  'elasticsearch.shards': setting({ kind: wholeNumber(1, 1024), variable: 'MILLRACE_ELASTICSEARCH_SHARDS', default: 1, description: 'Primary shards of each index made from now on.' }),
  'elasticsearch.replicas': setting({ kind: wholeNumber(0, 100), variable: 'MILLRACE_ELASTICSEARCH_REPLICAS', defaultText: '1 where a second node can hold it', description: 'Copies of each shard of indexes made from now on.' }),
  'elasticsearch.refreshIntervalMs': setting({ kind: wholeNumber(100), variable: 'MILLRACE_ELASTICSEARCH_REFRESH_INTERVAL_MS', default: 1000, description: '`refresh_interval` of the indexes, in milliseconds: how long a document may wait until a search sees it.' }),
  'elasticsearch.requestTimeoutMs': setting({ kind: wholeNumber(100), variable: 'MILLRACE_ELASTICSEARCH_REQUEST_TIMEOUT_MS', default: 30_000, description: 'Of one request, in milliseconds.' }),

  's3.endpoint': setting({ kind: origin(), variable: 'MILLRACE_S3_ENDPOINT', description: 'MinIO or any S3. Without it blobs lie in the data directory, and `s3:` sources cannot be read.' }),
  's3.publicEndpoint': setting({ kind: origin(), variable: 'MILLRACE_S3_PUBLIC_ENDPOINT', defaultText: '`s3.endpoint`', description: 'Under which browsers reach the object store, where that is another address: links in search results begin with it.' }),
  's3.region': setting({ kind: text(), variable: 'MILLRACE_S3_REGION', default: 'us-east-1', description: 'Region that requests are signed for.' }),
  's3.accessKey': setting({ kind: text(), variable: 'MILLRACE_S3_ACCESS_KEY', secret: true, description: 'Access key. Needed with an endpoint.' }),
  's3.secretKey': setting({ kind: text(), variable: 'MILLRACE_S3_SECRET_KEY', secret: true, description: 'Secret key. Needed with an endpoint.' }),
  's3.sessionToken': setting({ kind: text(), variable: 'MILLRACE_S3_SESSION_TOKEN', secret: true, description: 'Token of temporary keys.' }),
  's3.ca': setting({ kind: pemFile(), variable: 'MILLRACE_S3_CA', description: 'PEM file of the authority to trust instead of the system\'s.' }),
  's3.pathStyle': setting({ kind: trueOrFalse(), variable: 'MILLRACE_S3_PATH_STYLE', default: true, description: '`true`: the bucket stands in the path (MinIO); `false`: in the host name (AWS).' }),
  's3.requestTimeoutMs': setting({ kind: wholeNumber(100), variable: 'MILLRACE_S3_REQUEST_TIMEOUT_MS', default: 30_000, description: 'Without an answer of a request, in milliseconds.' }),
  's3.blobBucket': setting({ kind: bucket(), variable: 'MILLRACE_S3_BLOB_BUCKET', default: 'millrace-blobs', description: 'Bucket of key frames and audio chunks.' }),
  's3.sourceBucket': setting({ kind: bucket(), variable: 'MILLRACE_S3_SOURCE_BUCKET', default: 'millrace-sources', description: 'Bucket that `millrace produce` uploads media to.' }),
  's3.inboxBucket': setting({ kind: bucket(), variable: 'MILLRACE_S3_INBOX_BUCKET', default: 'millrace-inbox', description: 'Bucket that `millrace inbox` watches: an object put there is submitted.' }),
  's3.inboxToken': setting({ kind: text(), variable: 'MILLRACE_S3_INBOX_TOKEN', secret: true, description: 'What the object store shows when it posts to `millrace inbox --mode webhook`.' }),

  'telemetry.metricsPort': setting({ kind: wholeNumber(0, 65_535), variable: 'MILLRACE_METRICS_PORT', option: '--metrics-port', description: 'Serves /metrics, /health and /ready on this port; 0 takes a free one. Without it nothing is served.' }),
  'telemetry.metricsHost': setting({ kind: text('an address'), variable: 'MILLRACE_METRICS_HOST', option: '--metrics-host', default: '127.0.0.1', description: 'Address that they are served on.' }),
  'telemetry.traceEndpoint': setting({ kind: url(), variable: 'OTEL_EXPORTER_OTLP_ENDPOINT', description: 'Base URL of an OpenTelemetry collector (OTLP/HTTP): traces go there. OpenTelemetry\'s other variables hold too.' }),
};

export const GROUPS: Readonly<Record<string, string>> = {
  kafka: 'Kafka',
  schemaRegistry: 'Schema registry',
  elasticsearch: 'Elasticsearch',
  s3: 'Object store',
  telemetry: 'Telemetry',
};
