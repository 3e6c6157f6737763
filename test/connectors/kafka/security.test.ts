/** Each login and TLS setting at a real listener, with every driver; and what a wrong one looks like. */
import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import type { KafkaConnectionOptions } from '../../../connectors/kafka/options.ts';
import { startKafkaStack, type KafkaStack, type StackSecurity } from '../../../ops/stack/index.ts';
import { removeFolder, temporaryFolder } from '../../support/folders.ts';
import { createTopic, joinRecorded, outgoing, readAll, uniqueName, valuesOf, withClient, type Driver } from './client-contract.ts';

type Sasl = NonNullable<KafkaConnectionOptions['sasl']>;

/** Everything that has a connection of its own: requests, a producer, a transactional one, a fetch, a member. */
async function useAll(options: KafkaConnectionOptions): Promise<void> {
  await withClient(options, async (client) => {
    const topic = await createTopic(client);
    const producer = await client.producer();
    await producer.send([{ topic, partition: 0, records: [outgoing(topic, 0, 'a')] }]);
    const transactional = await client.transactionalProducer(uniqueName('tx'), { timeoutMs: 20_000 });
    await transactional.transact([{ topic, partition: 0, records: [outgoing(topic, 0, 'b')] }], { groupId: uniqueName('group'), positions: new Map([[`${topic}/0`, 1]]) });
    expect(valuesOf((await readAll(client, topic, 0, { isolation: 'read_uncommitted' })).records)).to.deep.equal(['a', 'b']);
    const { membership } = await joinRecorded(client, uniqueName('group'), topic);
    await membership.commit(new Map([[`${topic}/0`, 1]]));
    await membership.leave();
    await Promise.all([producer.close(), transactional.close()]);
  });
}

const failureOf = (options: KafkaConnectionOptions): Promise<unknown> =>
  withClient({ connectionTimeoutMs: 1500, ...options }, async () => 'opened').catch((error: unknown) => error);

describe('Kafka with logins and TLS', () => {
  let folder: string;
  let stack: KafkaStack;
  let security: StackSecurity;
  let ca: string;

  before(async function start() {
    this.timeout(120_000);
    folder = await temporaryFolder();
    stack = await startKafkaStack({ directory: folder, security: true });
    security = stack.security!;
    ca = await readFile(security.caFile, 'utf8');
  });
  after(async () => {
    await stack.kill();
    await removeFolder(folder);
  });

  const password = (mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512', more: { password?: string } = {}): Sasl =>
    ({ mechanism, username: security.username, password: security.password, ...more });

  for (const driver of ['kafkajs', 'platformatic'] satisfies Driver[]) {
    describe(driver, () => {
      for (const mechanism of ['plain', 'scram-sha-256', 'scram-sha-512'] as const) {
        it(`logs in by ${mechanism}, with TLS and without`, async () => {
          await useAll({ driver, brokers: [security.saslPlaintext], sasl: password(mechanism) });
          await useAll({ driver, brokers: [security.saslSsl], tls: { ca }, sasl: password(mechanism) });
        });

        it(`says MILL_KAFKA_AUTH to a wrong password by ${mechanism}`, async () => {
          const failure = await failureOf({ driver, brokers: [security.saslPlaintext], sasl: password(mechanism, { password: 'wrong' }) });
          expect(failure).to.include({ name: 'MillraceError', code: 'MILL_KAFKA_AUTH' });
        });
      }

      it('logs in by oauthbearer, and asks for a token at each login', async () => {
        let asked = 0;
        const token = async (): Promise<string> => {
          asked += 1;
          return security.oauthToken(60_000);
        };
        await useAll({ driver, brokers: [security.saslSsl], tls: { ca }, sasl: { mechanism: 'oauthbearer', token } });
        expect(asked).to.be.greaterThan(1);
      });

      it('speaks TLS, and shows a certificate where one is asked for', async () => {
        await useAll({ driver, brokers: [security.ssl], tls: { ca } });
        const [cert, key] = await Promise.all([readFile(security.clientCertificateFile, 'utf8'), readFile(security.clientKeyFile, 'utf8')]);
        await useAll({ driver, brokers: [security.mutualTls], tls: { ca, cert, key, serverName: 'localhost' } });
      });

      it('says MILL_KAFKA_AUTH to an expired token, and tries again when no token is to be had', async () => {
        const expired = await failureOf({ driver, brokers: [security.saslPlaintext], sasl: { mechanism: 'oauthbearer', token: async () => security.oauthToken(-60_000) } });
        expect(expired).to.include({ name: 'MillraceError', code: 'MILL_KAFKA_AUTH' });
        const none = await failureOf({ driver, brokers: [security.saslPlaintext], sasl: { mechanism: 'oauthbearer', token: async () => { throw new Error('the identity provider is down'); } } });
        expect(none).to.include({ name: 'MillraceError', code: 'MILL_KAFKA_UNAVAILABLE' });
        expect(String(none)).to.contain('the identity provider is down');
      });

      it('says MILL_KAFKA_AUTH to a certificate of an unknown authority, of another host, and to none where one is asked for', async () => {
        for (const options of [
          { brokers: [security.ssl], tls: true },
          { brokers: [security.ssl], tls: { ca, serverName: 'other.example' } },
          { brokers: [security.mutualTls], tls: { ca } },
        ]) expect(await failureOf({ driver, ...options }), JSON.stringify(Object.keys(options.tls))).to.include({ name: 'MillraceError', code: 'MILL_KAFKA_AUTH' });
      });

      it('hints at TLS and SASL where it is used without, and at TLS where the listener has none', async () => {
        for (const brokers of [[security.ssl], [security.saslPlaintext], [security.saslSsl]]) {
          expect(String(await failureOf({ driver, brokers }))).to.match(/want TLS or SASL/);
        }
        expect(String(await failureOf({ driver, brokers: [...stack.brokers], tls: { ca } }))).to.match(/speak TLS/);
      });
    });
  }
});
