import { expect } from 'chai';
import { Kafka, logLevel, type KafkaConfig } from 'kafkajs';
import { readFile } from 'node:fs/promises';
import { startKafkaStack, type KafkaStack, type StackSecurity } from '../../../ops/stack/index.ts';
import { removeFolder, temporaryFolder } from '../../support/folders.ts';

type Login = Pick<KafkaConfig, 'ssl' | 'sasl'>;

/** Logs in and asks for the brokers, once. */
async function nodesSeen(bootstrap: string, login: Login): Promise<number> {
  const admin = new Kafka({ clientId: 'test', brokers: bootstrap.split(','), logLevel: logLevel.NOTHING, retry: { retries: 0 }, ...login }).admin();
  try {
    await admin.connect();
    return (await admin.describeCluster()).brokers.length;
  } finally {
    await admin.disconnect();
  }
}

describe('the listeners with logins and TLS', function () {
  this.timeout(120_000);
  let folder: string;
  let stack: KafkaStack;
  let security: StackSecurity;
  let ca: string[];

  before(async () => {
    folder = await temporaryFolder();
    stack = await startKafkaStack({ directory: folder, security: true });
    security = stack.security!;
    ca = [await readFile(security.caFile, 'utf8')];
  });

  after(async () => {
    await stack.kill();
    await removeFolder(folder);
  });

  const logins = (password: string, lifetimeMs: number): Readonly<Record<string, NonNullable<KafkaConfig['sasl']>>> => ({
    'PLAIN': { mechanism: 'plain', username: security.username, password },
    'SCRAM-SHA-256': { mechanism: 'scram-sha-256', username: security.username, password },
    'SCRAM-SHA-512': { mechanism: 'scram-sha-512', username: security.username, password },
    'OAUTHBEARER': { mechanism: 'oauthbearer', oauthBearerProvider: async () => ({ value: security.oauthToken(lifetimeMs) }) },
  });

  for (const mechanism of ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'OAUTHBEARER']) {
    it(`${mechanism} lets the user in, with and without TLS, and nobody else`, async () => {
      const right = logins(security.password, 60_000)[mechanism]!;
      const wrong = logins('guessed', -60_000)[mechanism]!;
      expect(await nodesSeen(security.saslPlaintext, { sasl: right })).to.equal(1);
      expect(await nodesSeen(security.saslSsl, { ssl: { ca }, sasl: right })).to.equal(1);
      // Nothing but the password, or the age of the token, is other than above.
      expect(await nodesSeen(security.saslPlaintext, { sasl: wrong }).catch((error: unknown) => error)).to.be.instanceOf(Error);
    });
  }

  it('TLS shows a certificate of the authority, which a client that does not know it refuses', async () => {
    expect(await nodesSeen(security.ssl, { ssl: { ca } })).to.equal(1);
    const refused = await nodesSeen(security.ssl, { ssl: true }).catch((error: unknown) => error);
    expect(refused).to.be.instanceOf(Error).with.property('message').that.matches(/certificate/);
  });

  it('mutual TLS takes the client\'s certificate, and wants one', async () => {
    const cert = await readFile(security.clientCertificateFile, 'utf8');
    const key = await readFile(security.clientKeyFile, 'utf8');
    expect(await nodesSeen(security.mutualTls, { ssl: { ca, cert, key } })).to.equal(1);
    expect(await nodesSeen(security.mutualTls, { ssl: { ca } }).catch((error: unknown) => error)).to.be.instanceOf(Error);
  });
});
