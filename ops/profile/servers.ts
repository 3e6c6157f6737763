/** The servers of the cluster profile as options of their connectors; null where the data directory does their work. */
import type { ElasticsearchOptions } from '../../connectors/elasticsearch/index.ts';
import type { KafkaConnectionOptions } from '../../connectors/kafka/index.ts';
import type { S3Options } from '../../connectors/minio/index.ts';
import type { ConfluentRegistryOptions } from '../../connectors/registry/index.ts';
import type { Config } from '../config/index.ts';

export function kafkaOf({ profile, kafka }: Config): KafkaConnectionOptions | null {
  const { brokers, driver, compression, tls, saslMechanism: mechanism, username, password } = kafka;
  if (profile === 'embedded' || brokers === undefined) return null;
  return {
    brokers: [...brokers],
    driver,
    compression,
    tls: typeof tls === 'boolean' ? tls : { ca: tls.pem },
    ...(mechanism === undefined || username === undefined || password === undefined ? {} : { sasl: { mechanism, username, password } }),
  };
}

export function registryOf({ profile, schemaRegistry: { url, username, password } }: Config): ConfluentRegistryOptions | null {
  if (profile === 'embedded' || url === undefined) return null;
  return { url, ...loginOf(username, password) };
}

export function elasticsearchOf({ profile, elasticsearch }: Config): ElasticsearchOptions | null {
  const { url, apiKey, username, password, ca, replicas, ...rest } = elasticsearch;
  if (profile === 'embedded' || url === undefined) return null;
  return {
    ...rest,
    url,
    ...(apiKey === undefined ? loginOf(username, password) : { auth: { apiKey } }),
    ...(ca === undefined ? {} : { ca: ca.pem }),
    ...(replicas === undefined ? {} : { replicas }),
  };
}

export function s3Of({ profile, s3 }: Config): S3Options | null {
  const { endpoint, publicEndpoint, region, accessKey, secretKey, sessionToken, ca, pathStyle, requestTimeoutMs } = s3;
  if (profile === 'embedded' || endpoint === undefined || accessKey === undefined || secretKey === undefined) return null;
  return {
    endpoint, region, accessKey, secretKey, pathStyle, requestTimeoutMs,
    ...(publicEndpoint === undefined ? {} : { publicEndpoint }),
    ...(sessionToken === undefined ? {} : { sessionToken }),
    ...(ca === undefined ? {} : { ca: ca.pem }),
  };
}

const loginOf = (username: string | undefined, password: string | undefined): { readonly auth?: { username: string; password: string } } =>
  (username === undefined || password === undefined ? {} : { auth: { username, password } });
