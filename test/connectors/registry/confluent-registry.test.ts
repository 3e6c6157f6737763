import { randomUUID } from 'node:crypto';
import { SchemaRegistry as Library } from '@kafkajs/confluent-schema-registry';
import { expect } from 'chai';
import { openConfluentRegistry, type ConfluentRegistryOptions } from '../../../connectors/registry/index.ts';
import type { SchemaRegistry } from '../../../connectors/ports/index.ts';
import { createAuthority } from '../../../ops/stack/certificates.ts';
import { openAvroSerde, openSerdes } from '../../../schemas/index.ts';
import { sharedKafka } from '../../support/kafka-stack.ts';
import { examples } from '../../schemas/examples.ts';
import { errorOf, field, read, schemaRegistryContract, subjectFor, uniqueRecord } from '../schema-registry-contract.ts';
import { withRegistryProxy } from './support/registry-proxy.ts';

async function open(options: Partial<ConfluentRegistryOptions> = {}): Promise<SchemaRegistry> {
  return openConfluentRegistry({ url: (await sharedKafka()).registryUrl, ...options });
}

/** What our client has no need of. */
async function api(method: string, path: string, body: object): Promise<{ readonly id: number }> {
  const { registryUrl } = await sharedKafka();
  const answer = await fetch(`${registryUrl}${path}`, { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${method} ${path}: ${await answer.text()}`);
  return await answer.json() as { id: number };
}

before('starts the registry', async function () {
  this.timeout(180_000);
  await sharedKafka();
});

schemaRegistryContract('Apicurio', () => open());

describe('A registry with the API of Confluent', () => {
  it('shares its wire form with the library that everybody uses, both ways', async () => {
    const record = uniqueRecord();
    const [older, newer] = [record(field('a')), record(field('a'), field('b', { default: 'new' }))];
    const library = new Library({ host: (await sharedKafka()).registryUrl });
    const { id } = await library.register(older as never, { subject: subjectFor(older) });
    const theirs = await library.encode(id, { a: 'x' });
    const serde = await openAvroSerde<object>(await open(), { schema: newer });
    expect({ ...await read(serde, theirs) }).to.deep.equal({ a: 'x', b: 'new' });
    const ours = serde.serialize({ a: 'y', b: 'z' });
    expect({ ...await library.decode(ours) as object }).to.deep.equal({ a: 'y', b: 'z' });
    expect(ours).to.deep.equal(await library.encode(ours.readInt32BE(1), { a: 'y', b: 'z' }));
  });

  it('keeps a schema under the subject that the strategy names', async () => {
    const schema = uniqueRecord()(field('a'));
    const record = subjectFor(schema);
    const topic = `topic-${randomUUID()}`;
    const registered = async (subjectStrategy: ConfluentRegistryOptions['subjectStrategy'], part: 'key' | 'value'): Promise<string[]> => {
      const registry = await open({ subjectStrategy });
      await openAvroSerde(registry, { schema, topic, part });
      const subjects = [`${topic}-key`, `${topic}-value`, record, `${topic}-${record}`];
      const present = await Promise.all(subjects.map(async (subject) => (await registry.versions(subject)).length > 0));
      return subjects.filter((_, index) => present[index]);
    };
    expect(await registered('topic-name', 'value')).to.deep.equal([`${topic}-value`]);
    expect(await registered('topic-name', 'key')).to.deep.equal([`${topic}-key`, `${topic}-value`]);
    expect(await registered('record-name', 'value')).to.deep.equal([`${topic}-key`, `${topic}-value`, record]);
    expect(await registered('topic-record-name', 'value')).to.deep.equal([`${topic}-key`, `${topic}-value`, record, `${topic}-${record}`]);
  });

  it('registers the records of Millrace for each of their topics, and asks for topics where the strategy needs them', async () => {
    const registry = await open({ subjectStrategy: 'topic-name' });
    expect((await errorOf(openSerdes(registry))).code).to.equal('MILL_CONFIG_INVALID');
    const topics = [`live-${randomUUID()}`, `replay-${randomUUID()}`] as const;
    const each = Object.fromEntries(['AssetAdmitted', 'AssetDocument', 'AssetSubmitted', 'AudioChunk', 'AuditEvent', 'ContentClaim', 'DeadLetter', 'Frame', 'Insight', 'TextUnit', 'WorkSegment']
      .map((name) => [name, topics.map((topic) => `${topic}-${name}`)]));
    const serdes = await openSerdes(registry, { topics: each });
    for (const topic of topics) expect((await registry.versions(`${topic}-Frame-value`)).map(({ id }) => id)).to.deep.equal([serdes.frame.serialize(examples.Frame).readInt32BE(1)]);
  });

  it('has the last word where its rule is stricter than ours, and is quoted', async () => {
    const record = uniqueRecord();
    const subject = subjectFor(record());
    const registry = await open();
    await registry.register(subject, record(field('a'), field('b')));
    await api('PUT', `/config/${subject}`, { compatibility: 'FULL' });
    // Reads version 1, but version 1 could not read it.
    const { code, message } = await errorOf(registry.register(subject, record(field('a'))));
    expect(code).to.equal('MILL_SCHEMA_INCOMPATIBLE');
    expect(message).to.include(subject).and.to.match(/does not take the schema: .*ncompatib/);
    expect(await registry.versions(subject)).to.have.lengthOf(1);
  });

  it('is checked by us where it checks nothing', async () => {
    const record = uniqueRecord();
    const subject = subjectFor(record());
    const registry = await open();
    await registry.register(subject, record(field('a')));
    await api('PUT', `/config/${subject}`, { compatibility: 'NONE' });
    expect((await errorOf(registry.register(subject, record(field('b'))))).message).to.match(/version 1/);
    expect(await registry.versions(subject)).to.have.lengthOf(1);
  });

  it('may hold versions that were deleted: they are not asked of a new schema any more', async () => {
    const record = uniqueRecord();
    const subject = subjectFor(record());
    const registry = await open();
    await registry.register(subject, record(field('a')));
    await registry.register(subject, record(field('b', { default: '' })));
    await api('DELETE', `/subjects/${subject}/versions/1`, {});
    await registry.register(subject, record(field('b', { default: '' }), field('c', { default: '' })));
    expect((await registry.versions(subject)).map(({ version }) => version)).to.deep.equal([2, 3]);
  });

  it('may hold schemas that refer to others, which are read whole', async () => {
    const name = `Order${randomUUID().replaceAll('-', '')}`;
    const address = { type: 'record', name: `${name}Address`, namespace: 'test', fields: [field('street'), { name: 'at', type: `test.${name}Point` }] };
    const point = { type: 'record', name: `${name}Point`, namespace: 'test', fields: [{ name: 'x', type: 'int' }] };
    const order = (type: unknown) => ({ type: 'record', name, namespace: 'test', fields: [{ name: 'to', type }] });
    const refer = (schema: { readonly name: string }) => ({ name: `test.${schema.name}`, subject: schema.name, version: 1 });
    const post = (schema: { readonly name: string }, references: object[]) => api('POST', `/subjects/${schema.name}/versions`, { schema: JSON.stringify(schema), references });
    await post(point, []);
    await post(address, [refer(point)]);
    const { id } = await post(order(`test.${address.name}`), [refer(address)]);

    const whole = order({ ...address, fields: [field('street'), { name: 'at', type: point }] });
    const registry = await open();
    const serde = await openAvroSerde<object>(registry, { schema: whole, topic: name });
    const bytes = serde.serialize({ to: { street: 's', at: { x: 1 } } });
    bytes.writeInt32BE(id, 1);
    expect(JSON.parse(JSON.stringify(await read(serde, bytes)))).to.deep.equal({ to: { street: 's', at: { x: 1 } } });
  });

  it('may hold what is no Avro: its records are unknown to us', async () => {
    const { id } = await api('POST', `/subjects/json-${randomUUID()}/versions`, { schemaType: 'JSON', schema: '{"$schema":"http://json-schema.org/draft-07/schema#","type":"object"}' });
    expect(await (await open()).schemaById(id)).to.equal(undefined);
  });

  it('takes subjects with any character', async () => {
    const [registry, schema] = [await open(), uniqueRecord()(field('a'))];
    const subject = `${subjectFor(schema)}/ä ?%2F#`;
    const id = await registry.register(subject, schema);
    expect((await registry.versions(subject)).map((version) => version.id)).to.deep.equal([id]);
  });

  it('is shown user and password', async () => {
    const { registryUrl } = await sharedKafka();
    await withRegistryProxy(registryUrl, async (proxy) => {
      await openConfluentRegistry({ url: proxy.url, auth: { username: 'u', password: 'p:ä' } }).schemaById(2_147_483_647);
      expect(proxy.lastHeaders().authorization).to.equal(`Basic ${Buffer.from('u:p:ä').toString('base64')}`);
    });
  });

  it('is trusted, and trusts us, by certificates', async () => {
    const authority = createAuthority('test authority');
    const [server, client] = [authority.issue('server', { names: ['localhost'], addresses: ['127.0.0.1'] }), authority.issue('client')];
    const ca = authority.certificatePem;
    await withRegistryProxy((await sharedKafka()).registryUrl, async (proxy) => {
      const ask = (tls: ConfluentRegistryOptions['tls']) => openConfluentRegistry({ url: proxy.url, tls, retry: { attempts: 1 } }).schemaById(2_147_483_647);
      expect(await ask({ ca, cert: client.certificatePem, key: client.keyPem })).to.equal(undefined);
      expect(proxy.requests).to.have.lengthOf(1);
      expect((await errorOf(ask({ ca }))).code).to.equal('MILL_REGISTRY_UNAVAILABLE');
      expect((await errorOf(ask({ cert: client.certificatePem, key: client.keyPem }))).message).to.match(/certificate/);
      expect(proxy.requests).to.have.lengthOf(1);
    }, { ca, cert: server.certificatePem, key: server.keyPem, requestCert: true, rejectUnauthorized: true });
  });

  it('is refused options that make no sense', () => {
    for (const options of [{ url: 'localhost:8081' }, { url: 'http://user:secret@localhost' }, { url: 'http://localhost', retry: { attempts: 0 } }, { url: 'http://localhost', subjectStrategy: 'other' as never }]) {
      expect(() => openConfluentRegistry(options)).to.throw().with.property('code', 'MILL_CONFIG_INVALID');
    }
  });
});
