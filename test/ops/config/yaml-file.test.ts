import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { withTemporaryFolder } from '../../support/folders.ts';
import { readConfig } from '../../../ops/config/index.ts';
import { configOf, wrongInFile, wrongs } from './config-support.ts';

const inFile = async (text: string) => (await configOf({ files: { 'millrace.yaml': text } })).config;

describe('millrace.yaml', () => {
  it('may be empty, or have groups and settings that are empty', async () => {
    for (const text of ['', '# nothing yet\n', '---\n', 'kafka:\ns3:\n  endpoint:\nprofile: ~\n']) expect((await inFile(text)).profile, text).to.equal('embedded');
  });

  it('takes a list as YAML or with commas, and anchors', async () => {
    const { kafka, s3 } = await inFile('profile: embedded\nkafka:\n  brokers: &servers [ "one:9092", two:9092 ]\ns3: &store { sourceBucket: &name media, pathStyle: false }\n');
    expect([kafka.brokers, s3.pathStyle, s3.sourceBucket]).to.deep.equal([['one:9092', 'two:9092'], false, 'media']);
    expect((await inFile('profile: embedded\nkafka: { brokers: "one:9092, two:9092" }\n')).kafka.brokers).to.deep.equal(['one:9092', 'two:9092']);
    expect((await inFile('profile: embedded\nkafka: { username: &user mill }\nelasticsearch: { username: *user }\n')).elasticsearch.username).to.equal('mill');
  });

  it('tells line, column, setting, what was expected and what came', async () => {
    expect(await wrongInFile('kafka:\n  driver: librdkafka\n  username: 12\ntelemetry:\n  metricsPort: "9464"\ns3:\n  pathStyle: yes\nelasticsearch:\n  url: [http://a:9200, 7]\n  shards: 1.5\n  indexPrefix: {a: b}\n')).to.have.members([
      'millrace.yaml:2:11: kafka.driver: expected one of kafkajs, platformatic, got "librdkafka"',
      'millrace.yaml:3:13: kafka.username: expected text, got 12',
      'millrace.yaml:5:16: telemetry.metricsPort: expected a whole number from 0 to 65535, got "9464"',
      'millrace.yaml:7:14: s3.pathStyle: expected true or false, got "yes"',
      'millrace.yaml:9:8: elasticsearch.url: expected URLs that begin with http:// or https://: a list, or text with commas between, got 7',
      'millrace.yaml:10:11: elasticsearch.shards: expected a whole number from 1 to 1024, got 1.5',
      'millrace.yaml:11:16: elasticsearch.indexPrefix: expected up to 64 of a-z and 0-9, and between them . _ and single hyphens, got a group',
    ]);
  });

  it('refuses what it does not know, and tells what may be meant', async () => {
    expect(await wrongInFile('elasticsaerch: {}\nbrokers: one:9092\nkafka:\n  broker: one:9092\nelasticsearch.url: http://x\ns3:\n  bucketOfDreams: x\n1: 2\n__proto__: {}\nconstructor: "\\e[31m"\n"\\e[31m": x\n')).to.have.members([
      'millrace.yaml:1:1: there is no setting "elasticsaerch"; did you mean "elasticsearch"?',
      'millrace.yaml:2:1: there is no setting "brokers"; did you mean "brokers" under "kafka:"?',
      'millrace.yaml:4:3: there is no setting "broker" in kafka; did you mean "brokers"?',
      'millrace.yaml:5:1: there is no setting "elasticsearch.url"; did you mean "url" under "elasticsearch:"?',
      'millrace.yaml:7:3: there is no setting "bucketOfDreams" in s3',
      'millrace.yaml:8:1: the name of a setting must be text',
      'millrace.yaml:9:1: there is no setting "__proto__"',
      'millrace.yaml:10:1: there is no setting "constructor"',
      'millrace.yaml:11:1: there is no setting "\\u001b[31m"',
    ]);
  });

  it('refuses secrets, and what only the environment can set, and says what to do instead', async () => {
    expect(await wrongInFile('kafka:\n  password: hunter2\ncache: /tmp/cache\n')).to.have.members([
      'millrace.yaml:2:13: kafka.password: a secret does not belong in the file: set MILLRACE_KAFKA_PASSWORD, or MILLRACE_KAFKA_PASSWORD_FILE to a file that has it',
      'millrace.yaml:3:8: cache: it cannot stand in the file, since the launcher reads it before there is a program that reads files: set MILLRACE_HOME',
    ]);
  });

  it('replaces nothing: a reference to a variable is refused', async () => {
    expect(await wrongInFile('s3:\n  endpoint: http://${HOST}:9000\n')).to.deep.equal(['millrace.yaml:2:13: s3.endpoint: ${HOST} is not replaced in the file: write the value, or set MILLRACE_S3_ENDPOINT']);
  });

  const malformed: readonly (readonly [title: string, text: string | Buffer, says: RegExp])[] = [
    ['a group that is a value', 'elasticsearch: http://x:9200\n', /^millrace\.yaml:1:16: elasticsearch: expected a group of settings \(url, .*got "http:\/\/x:9200"$/],
    ['a list', '- kafka\n', /^millrace\.yaml:1:1: expected groups of settings/],
    ['a key twice', 'kafka: {}\nprofile: embedded\nkafka: {}\n', /^millrace\.yaml:3:1: Map keys must be unique/],
    ['two documents', 'profile: embedded\n---\nprofile: cluster\n', /^millrace\.yaml:2:1: .*multiple documents/],
    ['broken syntax', 'kafka:\n  brokers: [one:9092\nprofile: x\n', /^millrace\.yaml:3:\d+: /],
    ['a tab', 'kafka:\n\tbrokers: x\n', /^millrace\.yaml:2:1: /],
    ['a tag that nobody knows', 's3:\n  endpoint: !env HOST\n', /^millrace\.yaml:2:13: .*!env/],
    ['an anchor that is not there', 'kafka: *nowhere\n', /^millrace\.yaml:1:8: .*nowhere/],
    ['bytes', Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 1]), /^millrace\.yaml: it is no text/],
    ['another encoding', Buffer.from('profile: embedd\xe9\n', 'latin1'), /^millrace\.yaml: it is no UTF-8 text$/],
    ['far too much', '#'.repeat(300_000), /^millrace\.yaml: it has 300000 bytes; a configuration has at most 262144$/],
    ['brackets without end', '['.repeat(200_000), /^millrace\.yaml: it is nested too deeply$|^millrace\.yaml:1:/],
  ];
  for (const [title, text, says] of malformed) {
    it(`with ${title} is refused`, async () => {
      expect((await wrongInFile(text))[0]).to.match(says);
    });
  }

  it('is fine with a byte order mark and with the line ends of Windows', async () => {
    expect((await inFile('\ufeffapplicationId: one\r\ntelemetry:\r\n  metricsPort: 1\r\n')).telemetry.metricsPort).to.equal(1);
  });

  it('that was named must be there, a file, and readable', async () => {
    expect(await wrongs({ options: { config: 'no.yaml' } })).to.deep.equal(['--config: no.yaml: there is no such file']);
    expect(await wrongs({ env: { MILLRACE_CONFIG: 'no.yaml' } })).to.deep.equal(['MILLRACE_CONFIG: no.yaml: there is no such file']);
    expect(await wrongs({ options: { config: '.' }, files: { x: '' } })).to.match(/--config: .*: it is a folder; name the file in it$/);
    expect(await wrongs({ options: { config: '/dev/null' } })).to.deep.equal(['--config: /dev/null: it is no regular file']);
  });

  it('that is a pipe is refused, and not waited for', () => withTemporaryFolder(async (folder) => {
    execFileSync('mkfifo', [path.join(folder, 'millrace.yaml')]);
    const error = await readConfig({ env: {}, workingDirectory: folder }).then(() => null, (reason: unknown) => reason);
    expect(error).to.have.property('message', 'millrace.yaml: it is no regular file');
  }));
});
