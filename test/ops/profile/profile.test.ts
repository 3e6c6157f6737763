import { expect } from 'chai';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { readProfile } from '../../../ops/profile/index.ts';
import { withTemporaryFolder } from '../../support/folders.ts';

const KAFKA = { MILLRACE_KAFKA_BROKERS: 'one:9092, two:9092', MILLRACE_SCHEMA_REGISTRY: 'http://registry:8081' };

async function failureOf(env: NodeJS.ProcessEnv): Promise<Error> {
  const failure = await readProfile(env).then(() => null, (error: unknown) => error);
  expect(failure).to.be.an('error').with.property('code', 'MILL_CONFIG_INVALID');
  return failure as Error;
}

describe('profile of the environment', () => {
  it('is embedded unless brokers are named', async () => {
    expect(await readProfile({})).to.deep.equal({ name: 'embedded' });
    expect(await readProfile({ MILLRACE_KAFKA_BROKERS: '' })).to.deep.equal({ name: 'embedded' });
  });

  it('takes brokers, registry, driver and compression', async () => {
    expect(await readProfile({ ...KAFKA, MILLRACE_KAFKA_DRIVER: 'platformatic', MILLRACE_KAFKA_COMPRESSION: 'zstd' })).to.deep.equal({
      name: 'kafka', kafka: { brokers: ['one:9092', 'two:9092'], driver: 'platformatic', compression: 'zstd' }, registry: { url: 'http://registry:8081' },
    });
  });

  it('reads certificates and passwords from files', () => withTemporaryFolder(async (folder) => {
    const [ca, password] = [path.join(folder, 'ca.pem'), path.join(folder, 'password')];
    await writeFile(ca, '-----BEGIN CERTIFICATE-----\n');
    await writeFile(password, 'secret\n');
    const profile = await readProfile({ ...KAFKA, MILLRACE_KAFKA_TLS: ca, MILLRACE_KAFKA_SASL_MECHANISM: 'scram-sha-512', MILLRACE_KAFKA_USERNAME: 'mill', MILLRACE_KAFKA_PASSWORD_FILE: password });
    expect(profile).to.have.nested.property('kafka.tls.ca', '-----BEGIN CERTIFICATE-----\n');
    expect(profile).to.have.deep.nested.property('kafka.sasl', { mechanism: 'scram-sha-512', username: 'mill', password: 'secret' });
  }));

  it('says which variable is wrong', async () => {
    expect((await failureOf({ MILLRACE_KAFKA_BROKERS: 'one:9092' })).message).to.include('MILLRACE_SCHEMA_REGISTRY');
    expect((await failureOf({ ...KAFKA, MILLRACE_KAFKA_DRIVER: 'librdkafka' })).message).to.include('MILLRACE_KAFKA_DRIVER');
    expect((await failureOf({ ...KAFKA, MILLRACE_KAFKA_SASL_MECHANISM: 'plain' })).message).to.include('MILLRACE_KAFKA_USERNAME');
    expect((await failureOf({ ...KAFKA, MILLRACE_KAFKA_TLS: '/no/such/ca.pem' })).message).to.include('MILLRACE_KAFKA_TLS names /no/such/ca.pem');
  });
});
