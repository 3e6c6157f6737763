import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { openConfluentRegistry, type ConfluentRegistryOptions } from '../../../connectors/registry/index.ts';
import { LookupPace, type PaceClock } from '../../../connectors/registry/lookup-pace.ts';
import { UnknownIds } from '../../../connectors/registry/unknown-ids.ts';
import { MillraceError, type SchemaRegistry } from '../../../connectors/ports/index.ts';
import { sharedKafka } from '../../support/kafka-stack.ts';
import { errorOf, field, subjectFor, uniqueRecord } from '../schema-registry-contract.ts';
import { json, withRegistryProxy, type Fault, type RegistryProxy } from './support/registry-proxy.ts';

const UNKNOWN_ID = 2_147_483_647;
const quick = { attempts: 3, backoffMs: 1 };

async function withRegistry(options: Partial<ConfluentRegistryOptions>, use: (registry: SchemaRegistry, proxy: RegistryProxy) => Promise<void>): Promise<void> {
  const { registryUrl } = await sharedKafka();
  await withRegistryProxy(registryUrl, (proxy) => use(openConfluentRegistry({ url: proxy.url, retry: quick, ...options }), proxy));
}

before('starts the registry', async function () {
  this.timeout(180_000);
  await sharedKafka();
});

describe('What the registry said', () => {
  it('is kept: each schema, version and registration is asked for once', async () => {
    await withRegistry({}, async (registry, proxy) => {
      const schema = uniqueRecord()(field('a'));
      const ids = await Promise.all(Array.from({ length: 5 }, () => registry.register(subjectFor(schema), schema)));
      const afterRegistration = proxy.requests.length;
      await registry.register(subjectFor(schema), schema);
      await registry.schemaById(ids[0] ?? 0);
      expect(proxy.requests).to.have.lengthOf(afterRegistration);

      const other = openConfluentRegistry({ url: proxy.url });
      proxy.requests.length = 0;
      const schemas = await Promise.all(Array.from({ length: 100 }, () => other.schemaById(ids[0] ?? 0)));
      expect(new Set(schemas.map((found) => JSON.stringify(found)))).to.deep.equal(new Set([JSON.stringify(schema)]));
      expect(proxy.requests).to.deep.equal([`GET /schemas/ids/${ids[0] ?? 0}`]);
    });
  });

  it('is read without writing: who registers what is there already needs no right to write', async () => {
    await withRegistry({}, async (registry, proxy) => {
      const schema = uniqueRecord()(field('a'));
      const subject = subjectFor(schema);
      const id = await registry.register(subject, schema);
      proxy.fault = (request) => (request === `POST /subjects/${subject}/versions` ? json(403, { error_code: 40301, message: 'read only' }) : null);
      const reader = openConfluentRegistry({ url: proxy.url });
      expect(await reader.register(subject, schema)).to.equal(id);
    });
  });

  it('is the same for all who register one schema at the same moment', async () => {
    const { registryUrl: url } = await sharedKafka();
    for (let round = 0; round < 5; round++) {
      const schema = uniqueRecord()(field('a'));
      const ids = await Promise.all(Array.from({ length: 8 }, () => openConfluentRegistry({ url }).register(subjectFor(schema), schema)));
      expect(new Set(ids).size).to.equal(1);
    }
  });

  it('is kept for ids that it does not have, too', async () => {
    await withRegistry({}, async (registry, proxy) => {
      for (let round = 0; round < 3; round++) {
        const found = await Promise.all(Array.from({ length: 200 }, (_, index) => registry.schemaById(UNKNOWN_ID - index % 2)));
        expect(new Set(found)).to.deep.equal(new Set([undefined]));
      }
      for (const id of [0, -1, -100]) await registry.schemaById(id);
      expect([...proxy.requests].sort()).to.deep.equal([`GET /schemas/ids/${UNKNOWN_ID - 1}`, `GET /schemas/ids/${UNKNOWN_ID}`]);
    });
  });

  it('is asked again when an unknown id is forgotten', async () => {
    await withRegistry({ unknownIds: { ttlMs: 0 } }, async (registry, proxy) => {
      for (let round = 0; round < 3; round++) await registry.schemaById(UNKNOWN_ID);
      expect(proxy.requests).to.have.lengthOf(3);
    });
  });
});

describe('Unknown ids', () => {
  it('are remembered for their time', () => {
    let nowMs = 0;
    const unknown = new UnknownIds({ ttlMs: 10, maxEntries: 5, nowMs: () => nowMs });
    unknown.add(1);
    nowMs = 9;
    expect(unknown.has(1)).to.equal(true);
    nowMs = 10;
    expect([unknown.has(1), unknown.size]).to.deep.equal([false, 0]);
  });

  it('are never more than allowed: the oldest go', () => {
    const unknown = new UnknownIds({ ttlMs: 1000, maxEntries: 3, nowMs: () => 0 });
    for (let id = 1; id <= 100_000; id++) unknown.add(id);
    unknown.add(99_998);
    unknown.add(7);
    expect(unknown.size).to.equal(3);
    expect([99_999, 100_000, 99_998, 7].filter((id) => unknown.has(id))).to.deep.equal([100_000, 99_998, 7]);
  });

  it('that are new each time are asked for at the allowed pace, and known ones in between cost nothing', async () => {
    let nowMs = 0;
    let misses = 0;
    const clock: PaceClock = { nowMs: () => nowMs, sleep: async (ms) => { nowMs += ms; } };
    const pace = new LookupPace(10, clock);
    const missesAtMs: number[] = [];
    await Promise.all(Array.from({ length: 30 }, async () => {
      await pace.run(async () => {
        misses++;
        missesAtMs.push(nowMs);
        return undefined;
      });
      expect(await pace.run(async () => 'found')).to.equal('found');
    }));
    expect(misses).to.equal(30);
    expect(missesAtMs.filter((atMs) => atMs === 0)).to.have.lengthOf(10);
    for (let second = 1; second <= 2; second++) expect(missesAtMs.filter((atMs) => atMs > 0 && atMs <= 1000 * second + 0.001)).to.have.lengthOf(10 * second);
  });

  it('that wait while the registry fails fail with it, and are asked for again later', async () => {
    const pace = new LookupPace(10);
    let asked = 0;
    const failing = Array.from({ length: 50 }, () => pace.run(async () => {
      asked++;
      throw new MillraceError('MILL_REGISTRY_UNAVAILABLE', 'drawn by the test');
    }));
    expect((await Promise.allSettled(failing)).map(({ status }) => status)).to.deep.equal(Array(50).fill('rejected'));
    expect(asked).to.equal(1);
    expect(await pace.run(async () => 'found')).to.equal('found');
  });
});

const TRANSIENT: readonly (readonly [what: string, fault: Fault])[] = [
  ['it is out of order', json(500, { error_code: 50001, message: 'Error in the backend data store' })],
  ['its answer is the null of JSON', { type: 'answer', status: 503, body: 'null' }],
  ['a proxy answers in its place', { type: 'answer', status: 502, body: '<html>Bad gateway</html>', contentType: 'text/html' }],
  ['a proxy knows no such path', { type: 'answer', status: 404, body: '<html>Not found</html>', contentType: 'text/html' }],
  ['somebody wants a login first', { type: 'answer', status: 200, body: '<html>Hello</html>', contentType: 'text/html' }],
  ['it asks for patience', json(429, { message: 'slow down' })],
  ['the connection ends before the answer', { type: 'cut', after: 'nothing' }],
  ['the connection ends within the answer', { type: 'cut', after: 'half' }],
  ['it says nothing', { type: 'silence' }],
];

describe('A registry that cannot answer', () => {
  for (const [what, fault] of TRANSIENT) {
    // Where only the time-out ends a try, it has to be short; a busy machine must still answer within it.
    const timeoutMs = fault.type === 'answer' ? 30_000 : 1000;

    it(`is asked again when ${what}, and the answer counts`, async () => {
      await withRegistry({ timeoutMs }, async (registry, proxy) => {
        proxy.fault = () => (proxy.requests.length < 3 ? fault : null);
        expect(await registry.schemaById(UNKNOWN_ID)).to.equal(undefined);
        expect(proxy.requests).to.have.lengthOf(3);
      });
    });

    it(`is unavailable, which says nothing of the id, when ${what} each time`, async () => {
      await withRegistry({ timeoutMs }, async (registry, proxy) => {
        proxy.fault = () => fault;
        const error = await errorOf(registry.schemaById(UNKNOWN_ID));
        expect([error.code, error.transient]).to.deep.equal(['MILL_REGISTRY_UNAVAILABLE', true]);
        expect(error.message).to.include(proxy.url).and.to.include(`schema ${UNKNOWN_ID}`);
        expect(proxy.requests).to.have.lengthOf(3);
        proxy.fault = () => null;
        expect(await registry.schemaById(UNKNOWN_ID)).to.equal(undefined);
        expect(proxy.requests).to.have.length.above(3);
      });
    });
  }

  it('is unavailable when nobody listens, and answers when it is back', async () => {
    await withRegistry({}, async (registry, proxy) => {
      await proxy.stop();
      const schema = uniqueRecord()(field('a'));
      expect((await errorOf(registry.register(subjectFor(schema), schema))).code).to.equal('MILL_REGISTRY_UNAVAILABLE');
      await proxy.start();
      expect(await registry.register(subjectFor(schema), schema)).to.be.greaterThan(0);
    });
  });
});

describe('A registry that refuses', () => {
  for (const status of [400, 401, 403, 405]) {
    it(`with ${status} is not asked again, and its answer is in the message`, async () => {
      await withRegistry({}, async (registry, proxy) => {
        proxy.fault = () => json(status, { error_code: status, message: 'because I say so' });
        const error = await errorOf(registry.versions(`any-${randomUUID()}`));
        expect([error.code, error.kind]).to.deep.equal(['MILL_REGISTRY_REFUSED', 'config']);
        expect(error.message).to.include(`status ${status}, because I say so`);
        expect(proxy.requests).to.have.lengthOf(1);
      });
    });
  }
});
