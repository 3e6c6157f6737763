import { expect } from 'chai';
import path from 'node:path';
import { configOf, KAFKA, wrongs } from './config-support.ts';

const STACK = { kafkaBrokers: '127.0.0.1:1,127.0.0.1:2', schemaRegistry: 'http://127.0.0.1:3', elasticsearch: 'http://127.0.0.1:4', s3: { endpoint: 'http://127.0.0.1:5', accessKey: 'stack', secretKey: 'stacksecret' } };
const findStack = async () => STACK;

describe('where a setting comes from', () => {
  it('is complete with nothing given: the embedded profile', async () => {
    const { config, origins, notices, file } = await configOf({ env: { HOME: '/home/mill' } });
    expect(config).to.deep.include({ profile: 'embedded', applicationId: 'millrace', stages: undefined, cache: '/home/mill/.cache/millrace' });
    expect(config.kafka).to.deep.equal({ brokers: undefined, driver: 'kafkajs', compression: 'none', tls: false, saslMechanism: undefined, username: undefined, password: undefined });
    expect(config.elasticsearch).to.include({ indexPrefix: 'media', vectorIndex: 'int8_hnsw', refreshIntervalMs: 1000 });
    expect(config.s3).to.include({ region: 'us-east-1', pathStyle: true, blobBucket: 'millrace-blobs' });
    expect(origins.applicationId).to.deep.equal({ from: 'default' });
    expect(origins['kafka.brokers']).to.equal(undefined);
    expect([notices, file]).to.deep.equal([[], null]);
  });

  it('prefers the command line to the environment, and that to the file', async () => {
    const files = { 'millrace.yaml': 'applicationId: of-file\nstages: [decode]\ntelemetry:\n  metricsPort: 1\n  metricsHost: of-file\n' };
    const { config, origins, file } = await configOf({
      files, env: { MILLRACE_METRICS_PORT: '2', MILLRACE_APPLICATION_ID: 'of-environment' }, options: { metricsPort: '3' },
    });
    expect(config.telemetry).to.include({ metricsPort: 3, metricsHost: 'of-file' });
    expect(config).to.deep.include({ applicationId: 'of-environment', stages: ['decode'] });
    expect(origins['telemetry.metricsPort']).to.deep.equal({ from: 'option', option: '--metrics-port' });
    expect(origins.applicationId).to.deep.equal({ from: 'variable', variable: 'MILLRACE_APPLICATION_ID' });
    expect(origins['telemetry.metricsHost']).to.deep.equal({ from: 'file', file: 'millrace.yaml', line: 5, column: 16 });
    expect(file).to.equal('millrace.yaml');
  });

  it('reads the file that --config names, else the one of MILLRACE_CONFIG, else millrace.yaml', async () => {
    const files = { 'millrace.yaml': 'applicationId: here', 'a/of-variable.yaml': 'applicationId: of-variable', 'b.yaml': 'applicationId: of-option' };
    const env = { MILLRACE_CONFIG: path.join('a', 'of-variable.yaml') };
    expect((await configOf({ files })).config.applicationId).to.equal('here');
    expect((await configOf({ files, env })).config.applicationId).to.equal('of-variable');
    expect((await configOf({ files, env, options: { config: 'b.yaml' } })).config.applicationId).to.equal('of-option');
  });

  it('does not read millrace.yml, and says so', async () => {
    const { config, notices } = await configOf({ files: { 'millrace.yml': 'applicationId: here' } });
    expect([config.applicationId, notices]).to.deep.equal(['millrace', ['millrace.yml is not read: call it millrace.yaml, or name it by --config']]);
    expect((await configOf({ files: { 'millrace.yml': 'applicationId: here', 'millrace.yaml': '' } })).notices).to.deep.equal([]);
  });

  it('takes an empty variable for one that nobody set', async () => {
    expect((await configOf({ env: { MILLRACE_KAFKA_BROKERS: '', MILLRACE_DATA: '', MILLRACE_CONFIG: '', MILLRACE_KAFKA_PASSWORD_FILE: '' } })).config.profile).to.equal('embedded');
  });

  it('begins relative paths at the folder of the file, and at the working directory elsewhere', async () => {
    const files = { 'etc/millrace.yaml': 'data: data\nsourceFolders: [media, /mnt]\nelasticsearch: { ca: certs/ca.pem }', 'etc/certs/ca.pem': '-----BEGIN CERTIFICATE-----\nof the file\n', 'own.pem': '-----BEGIN CERTIFICATE-----\nof the variable\n' };
    const options = { config: 'etc/millrace.yaml' };
    const ofFile = await configOf({ files, options });
    expect(ofFile.config.elasticsearch.ca?.pem).to.include('of the file');
    expect(ofFile.config.data).to.match(/\/etc\/data$/);
    expect(ofFile.config.sourceFolders).to.deep.equal([ofFile.config.data.replace(/data$/, 'media'), '/mnt']);
    expect((await configOf({ env: { MILLRACE_SOURCE_FOLDERS: '/a, /b' } })).config.sourceFolders).to.deep.equal(['/a', '/b']);
    expect((await configOf({ files, options, env: { MILLRACE_ELASTICSEARCH_CA: 'own.pem' } })).config.elasticsearch.ca?.pem).to.include('of the variable');
  });

  it('is cluster as soon as brokers are known, unless the profile is named', async () => {
    expect((await configOf({ env: KAFKA })).config.profile).to.equal('cluster');
    expect((await configOf({ files: { 'millrace.yaml': 'kafka:\n  brokers: [one:9092, two:9092]\nschemaRegistry:\n  url: http://r:8081\n' } })).config).to.have.nested.property('kafka.brokers').that.deep.equals(['one:9092', 'two:9092']);
    expect((await configOf({ env: { ...KAFKA, MILLRACE_PROFILE: 'embedded' } })).config.profile).to.equal('embedded');
    expect((await configOf({ env: { ...KAFKA, MILLRACE_PROFILE: 'embedded' }, options: { profile: 'cluster' } })).config.profile).to.equal('cluster');
  });

  it('takes the addresses of the local stack of this data directory', async () => {
    const asked: string[] = [];
    const { config, origins } = await configOf({ env: { MILLRACE_DATA: '/data/mill' }, findStack: async (directory) => { asked.push(directory); return STACK; } });
    expect(asked).to.deep.equal(['/data/mill']);
    expect(config).to.deep.include({ profile: 'cluster' });
    expect(config.kafka.brokers).to.deep.equal(['127.0.0.1:1', '127.0.0.1:2']);
    expect(config.elasticsearch.url).to.deep.equal(['http://127.0.0.1:4']);
    expect(config.s3).to.include({ endpoint: 'http://127.0.0.1:5', accessKey: 'stack', secretKey: 'stacksecret' });
    expect(origins['s3.secretKey']).to.deep.equal({ from: 'stack' });
  });

  it('never mixes the keys or the registry of the stack with servers that somebody named', async () => {
    expect(await wrongs({ env: { MILLRACE_S3_ENDPOINT: 'http://own:9000' }, findStack })).to.have.length(2).and.satisfy((lines: string[]) => lines.every((line) => line.includes('needs s3.')));
    expect(await wrongs({ env: { MILLRACE_KAFKA_BROKERS: 'own:9092' }, findStack })).to.deep.equal(['MILLRACE_KAFKA_BROKERS: kafka.brokers needs schemaRegistry.url (MILLRACE_SCHEMA_REGISTRY)']);
    const { config } = await configOf({ env: { ...KAFKA, MILLRACE_ELASTICSEARCH: 'http://own:9200' }, findStack });
    expect([config.kafka.brokers, config.schemaRegistry.url, config.elasticsearch.url]).to.deep.equal([['one:9092'], 'http://registry:8081', ['http://own:9200']]);
    expect(config.s3.endpoint).to.equal('http://127.0.0.1:5');
  });

  it('does not ask for a stack in the embedded profile', async () => {
    const { config } = await configOf({ options: { profile: 'embedded' }, findStack: async () => { throw new Error('was asked'); } });
    expect(config.kafka.brokers).to.equal(undefined);
  });
});
