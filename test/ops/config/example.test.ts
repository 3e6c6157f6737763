import { expect } from 'chai';
import { readFile } from 'node:fs/promises';
import { projectFile } from '../../../ops/paths.ts';
import { configOf } from './config-support.ts';

const SECRETS = { MILLRACE_KAFKA_PASSWORD: 'a', MILLRACE_S3_ACCESS_KEY: 'b', MILLRACE_S3_SECRET_KEY: 'c' };

describe('the example of docs/configuration.md', () => {
  it('is right as it stands, with its secrets in the environment', async () => {
    const page = await readFile(projectFile('docs', 'configuration.md'), 'utf8');
    const [, text = ''] = /```yaml\n([\s\S]*?)```/.exec(page) ?? [];
    const { config, notices } = await configOf({ files: { 'millrace.yaml': text }, env: SECRETS });
    expect(notices).to.deep.equal([]);
    expect(config).to.deep.include({ profile: 'cluster', data: '/var/lib/millrace' });
    expect(config.kafka).to.deep.include({ brokers: ['kafka-1.example.org:9092', 'kafka-2.example.org:9092'], compression: 'lz4', tls: true, saslMechanism: 'scram-sha-512', username: 'millrace' });
    expect(config.elasticsearch.url).to.deep.equal(['https://elasticsearch.example.org:9200']);
    expect(config.s3).to.include({ endpoint: 'https://s3.example.org', region: 'eu-central-1' });
    expect(config.telemetry.metricsPort).to.equal(9464);
  });
});
