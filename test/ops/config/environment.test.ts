import { expect } from 'chai';
import { configOf, KAFKA, wrongs } from './config-support.ts';

const SASL = { ...KAFKA, MILLRACE_KAFKA_SASL_MECHANISM: 'scram-sha-512', MILLRACE_KAFKA_USERNAME: 'mill' };

describe('settings of the environment', () => {
  it('are lists, numbers, truths and paths of their kind', async () => {
    const { config } = await configOf({
      env: { ...KAFKA, MILLRACE_KAFKA_BROKERS: 'one:9092, two:9092,', MILLRACE_KAFKA_TLS: 'true', MILLRACE_S3_PATH_STYLE: 'false', MILLRACE_ELASTICSEARCH: 'https://a:9200,https://b:9200', MILLRACE_ELASTICSEARCH_SHARDS: '3', MILLRACE_STAGES: 'decode, vision' },
    });
    expect(config.kafka).to.deep.include({ brokers: ['one:9092', 'two:9092'], tls: true });
    expect(config.elasticsearch).to.deep.include({ url: ['https://a:9200', 'https://b:9200'], shards: 3 });
    expect(config.s3.pathStyle).to.equal(false);
    expect(config.stages).to.deep.equal(['decode', 'vision']);
  });

  it('say which variable is wrong, what was expected and what came', async () => {
    expect(await wrongs({ env: { ...KAFKA, MILLRACE_KAFKA_DRIVER: 'librdkafka', MILLRACE_KAFKA_BROKERS: 'one:9092,two', MILLRACE_METRICS_PORT: '70000', MILLRACE_S3_PATH_STYLE: 'yes', MILLRACE_STAGES: 'decode,smell', MILLRACE_SCHEMA_REGISTRY: 'registry:8081' } })).to.have.members([
      'MILLRACE_KAFKA_DRIVER: kafka.driver: expected one of kafkajs, platformatic, got "librdkafka"',
      'MILLRACE_KAFKA_BROKERS: kafka.brokers: expected addresses, each host:port: a list, or text with commas between, got "two"',
      'MILLRACE_METRICS_PORT: telemetry.metricsPort: expected a whole number from 0 to 65535, got 70000',
      'MILLRACE_S3_PATH_STYLE: s3.pathStyle: expected true or false, got "yes"',
      'MILLRACE_STAGES: stages: expected some of admit, decode, vision, audio, text, assemble, index: a list, or text with commas between, got "smell"',
      'MILLRACE_SCHEMA_REGISTRY: schemaRegistry.url: expected a URL that begins with http:// or https://, got "registry:8081"',
    ]);
  });

  it('take a secret from the file that <NAME>_FILE names, without the newline at its end', async () => {
    const { config, origins } = await configOf({ env: { ...SASL, MILLRACE_KAFKA_PASSWORD_FILE: 'password' }, files: { password: ' two words \r\n' } });
    expect(config.kafka.password).to.equal(' two words ');
    expect(origins['kafka.password']).to.deep.equal({ from: 'variable', variable: 'MILLRACE_KAFKA_PASSWORD_FILE', file: 'password' });
  });

  it('say what is wrong with such a file', async () => {
    const failure = async (content?: string | Buffer) => wrongs({ env: { ...SASL, MILLRACE_KAFKA_PASSWORD_FILE: 'password' }, files: content === undefined ? {} : { password: content } });
    expect(await failure()).to.deep.equal(['MILLRACE_KAFKA_PASSWORD_FILE: password: there is no such file']);
    expect(await failure('\n')).to.deep.equal(['MILLRACE_KAFKA_PASSWORD_FILE: password: it is empty']);
    expect(await failure(Buffer.alloc(65_537, 'x'))).to.deep.equal(['MILLRACE_KAFKA_PASSWORD_FILE: password: it has 65537 bytes; a secret has at most 65536']);
    expect(await wrongs({ env: { ...SASL, MILLRACE_KAFKA_PASSWORD_FILE: '/' } })).to.deep.equal(['MILLRACE_KAFKA_PASSWORD_FILE: /: it is a folder']);
    expect(await wrongs({ env: { ...SASL, MILLRACE_KAFKA_PASSWORD_FILE: '/dev/zero' } })).to.deep.equal(['MILLRACE_KAFKA_PASSWORD_FILE: /dev/zero: it is no regular file']);
    expect(await wrongs({ env: { ...SASL, MILLRACE_KAFKA_PASSWORD: 'a', MILLRACE_KAFKA_PASSWORD_FILE: 'b' } })).to.deep.equal(['MILLRACE_KAFKA_PASSWORD and MILLRACE_KAFKA_PASSWORD_FILE are both set: leave one out']);
  });

  it('look into certificates', async () => {
    const tls = { ...KAFKA, MILLRACE_KAFKA_TLS: 'ca.pem' };
    expect((await configOf({ env: tls, files: { 'ca.pem': '-----BEGIN CERTIFICATE-----\n' } })).config.kafka.tls).to.have.property('pem', '-----BEGIN CERTIFICATE-----\n');
    expect((await wrongs({ env: tls }))[0]).to.match(/^MILLRACE_KAFKA_TLS: kafka\.tls: \/.*ca\.pem cannot be read: there is no such file$/);
    expect((await wrongs({ env: tls, files: { 'ca.pem': 'hello' } }))[0]).to.match(/ca\.pem is no PEM file: it has no -----BEGIN$/);
  });

  it('never show a secret, nor a password in an address', async () => {
    const [line] = await wrongs({ env: { ...KAFKA, MILLRACE_ELASTICSEARCH: 'https://elastic:hunter2@host:9200' } });
    expect(line).to.equal('MILLRACE_ELASTICSEARCH: elasticsearch.url: user and password have settings of their own: leave them out of the URL');
    expect(await wrongs({ env: { ...KAFKA, MILLRACE_SCHEMA_REGISTRY: 'ftp://mill:hunter2@host' } })).to.deep.equal(['MILLRACE_SCHEMA_REGISTRY: schemaRegistry.url: expected a URL that begins with http:// or https://, got "ftp://…@host"']);
  });

  it('take of an object store its origin only', async () => {
    const keys = { ...KAFKA, MILLRACE_S3_ACCESS_KEY: 'k', MILLRACE_S3_SECRET_KEY: 's' };
    expect((await configOf({ env: { ...keys, MILLRACE_S3_ENDPOINT: 'http://minio:9000/' } })).config.s3.endpoint).to.equal('http://minio:9000/');
    expect(await wrongs({ env: { ...keys, MILLRACE_S3_ENDPOINT: 'http://minio:9000/bucket' } })).to.deep.equal(['MILLRACE_S3_ENDPOINT: s3.endpoint: expected scheme, host and port and nothing behind them, such as http://localhost:9000']);
    expect(await wrongs({ env: { ...keys, MILLRACE_S3_ENDPOINT: 'minio:9000' } })).to.deep.equal(['MILLRACE_S3_ENDPOINT: s3.endpoint: expected a URL that begins with http:// or https://, got "minio:9000"']);
  });

  it('get a notice, and no error, where nothing reads them', async () => {
    const { notices } = await configOf({ env: { MILLRACE_ELASTICSEARCH_URL: 'http://x', MILLRACE_KAFKA_BROKER: 'x', MILLRACE_S3_ACCESSKEY: 'x', MILLRACE_COLOUR_OF_THE_SKY: 'blue', MILLRACE_TEST_S3: 'x', MILLRACE_DEBUG: '1', MILLRACE_BENCH_RECORDS: '1', OTEL_SERVICE_NAME: 'x' } });
    expect(notices).to.have.members([
      'nothing reads the variable MILLRACE_ELASTICSEARCH_URL; did you mean MILLRACE_ELASTICSEARCH?',
      'nothing reads the variable MILLRACE_KAFKA_BROKER; did you mean MILLRACE_KAFKA_BROKERS?',
      'nothing reads the variable MILLRACE_S3_ACCESSKEY; did you mean MILLRACE_S3_ACCESS_KEY?',
      'nothing reads the variable MILLRACE_COLOUR_OF_THE_SKY',
    ]);
  });
});
