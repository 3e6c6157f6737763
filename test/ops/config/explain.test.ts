import { expect } from 'chai';
import { explain } from '../../../ops/config/index.ts';
import { PATHS, rowOf } from '../../../ops/config/config.ts';
import { SETTINGS } from '../../../ops/config/settings.ts';
import { STAGES } from '../../../topology/media/index.ts';
import { configOf, KAFKA } from './config-support.ts';

describe('the table of settings', () => {
  it('knows the stages of the media topology', () => {
    expect([...STAGES].every((stage) => SETTINGS.stages.kind.schema.safeParse(stage).success)).to.equal(true);
    expect(SETTINGS.stages.description.match(/`\w+`/g)).to.deep.equal(STAGES.map((stage) => `\`${stage}\``));
  });

  it('has defaults that its own checks accept, and each variable once', () => {
    for (const path of PATHS) {
      const { kind, default: value } = rowOf(path);
      if (value !== undefined) expect(kind.schema.safeParse(value).success, path).to.equal(true);
    }
    expect(new Set(PATHS.map((path) => rowOf(path).variable)).size).to.equal(PATHS.length);
  });
});

describe('explain', () => {
  it('tells each value and where it comes from, and masks secrets', async () => {
    const loaded = await configOf({
      env: { ...KAFKA, MILLRACE_S3_ENDPOINT: 'http://s3:9000', MILLRACE_S3_ACCESS_KEY: 'AKIA', MILLRACE_S3_SECRET_KEY: 'hunter2', MILLRACE_KAFKA_TLS: 'ca.pem' },
      files: { 'ca.pem': '-----BEGIN CERTIFICATE-----\n', 'millrace.yaml': 'elasticsearch:\n  url: [http://a:9200, http://b:9200]\n' },
    });
    const all = explain(loaded);
    const told = new Map(all.map(({ setting, text }) => [setting, text]));
    expect(all.map(({ setting }) => setting)).to.deep.equal(PATHS);
    expect(told.get('elasticsearch.url')).to.deep.equal({ value: 'http://a:9200, http://b:9200', origin: 'millrace.yaml:2:8' });
    expect(told.get('kafka.brokers')).to.deep.equal({ value: 'one:9092', origin: 'MILLRACE_KAFKA_BROKERS' });
    expect(told.get('kafka.driver')).to.deep.equal({ value: 'kafkajs', origin: 'default' });
    expect(told.get('kafka.username')).to.deep.equal({ value: '-', origin: 'not set' });
    expect(told.get('stages')).to.deep.equal({ value: 'all', origin: 'default' });
    expect(told.get('profile')).to.deep.equal({ value: 'cluster', origin: 'default' });
    expect(told.get('kafka.tls')?.value).to.match(/\/ca\.pem$/);
    expect(told.get('s3.secretKey')).to.deep.equal({ value: '********', origin: 'MILLRACE_S3_SECRET_KEY' });
    expect(JSON.stringify(all)).to.not.include('hunter2').and.not.include('AKIA').and.not.include('BEGIN');
  });
});
