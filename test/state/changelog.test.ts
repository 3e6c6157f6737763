import { expect } from 'chai';
import type { ChangelogFormat, OrderedKeyValue, WriteOp } from '../../connectors/ports/index.ts';
import { ChangelogDecoder, encodeChangelog, memoryKeyValue, opsByStore } from '../../state/index.ts';
import type { ChangelogRecord } from '../../state/index.ts';
import { Random } from '../topology/support/random.ts';
import { collect } from './support.ts';

const FORMATS: readonly ChangelogFormat[] = ['keyed', 'batched'];
const STORES = ['a', 'ab', 'a.b-c_d'];
const MAX_BYTES = 200;

const bytes = (random: Random, most: number): Buffer => Buffer.from(Array.from({ length: random.int(most + 1) }, () => random.pick([0, 1, 97, 255])));

function randomOps(random: Random): WriteOp[] {
  return Array.from({ length: random.int(40) }, () => {
    const key = Buffer.concat([Buffer.from(`${random.pick(STORES)}\0${random.pick(['d', 't', 'm'])}`), bytes(random, 3)]);
    return random.chance(0.3) ? { type: 'del', key } : { type: 'put', key, value: bytes(random, 60) };
  });
}

async function contents(backend: OrderedKeyValue): Promise<Map<string, string>> {
  const entries = await collect(backend.iterate({ gte: Buffer.of(0), lt: Buffer.of(0xff) }));
  return new Map(entries.map(([key, value]) => [key.toString('latin1'), value.toString('latin1')]));
}

const sizeOf = ({ key, value }: ChangelogRecord): number => (key?.length ?? 0) + (value?.length ?? 0);
const codeOf = (run: () => unknown): unknown => {
  try {
    run();
    return undefined;
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
};

for (const format of FORMATS) {
  describe(`${format} changelog`, () => {
    it('rebuilds what commits wrote, also when records are applied again from any earlier one on', async () => {
      for (let seed = 1; seed <= 200; seed++) {
        const random = new Random(seed);
        const written = memoryKeyValue();
        const records: { readonly store: string; readonly record: ChangelogRecord }[] = [];
        for (let commit = 0; commit < 5; commit++) {
          const ops = randomOps(random);
          await written.write(ops);
          for (const [store, own] of opsByStore(ops, STORES)) {
            for (const record of encodeChangelog({ store, format }, own, MAX_BYTES)) {
              expect(sizeOf(record), `seed ${seed}`).to.be.at.most(MAX_BYTES);
              records.push({ store, record });
            }
          }
        }
        const restored = memoryKeyValue();
        const again = random.int(records.length + 1);
        for (const { store, record } of [...records.slice(0, again + random.int(records.length - again + 1)), ...records.slice(again)]) {
          await restored.write(new ChangelogDecoder({ store, format }).decode(record));
        }
        expect(await contents(restored), `seed ${seed}`).to.deep.equal(await contents(written));
      }
    });

    it('refuses an entry that no record can hold', () => {
      const op: WriteOp = { type: 'put', key: Buffer.from('a\0dkey'), value: Buffer.alloc(MAX_BYTES) };
      expect(codeOf(() => encodeChangelog({ store: 'a', format }, [op], MAX_BYTES))).to.equal('MILL_RECORD_TOO_LARGE');
    });

    it('reads bytes of any other kind as corruption, and as nothing else', () => {
      const decoder = new ChangelogDecoder({ store: 'a', format });
      const [valid] = encodeChangelog({ store: 'a', format }, [{ type: 'put', key: Buffer.from('a\0dkey'), value: Buffer.alloc(3) }, { type: 'del', key: Buffer.from('a\0tkey') }], 10_000);
      const codes = new Set<unknown>();
      for (let seed = 1; seed <= 500; seed++) {
        const random = new Random(seed);
        const spoil = (part: Buffer | null | undefined): Buffer | null => {
          if (part === null || part === undefined || random.chance(0.1)) return null;
          const spoiled = Buffer.from(part.subarray(0, random.int(part.length + 1)));
          if (spoiled.length > 0) spoiled[random.int(spoiled.length)] = random.int(256);
          return spoiled;
        };
        codes.add(codeOf(() => decoder.decode({ key: spoil(valid?.key), value: spoil(valid?.value) })));
      }
      expect([...codes].sort()).to.deep.equal(['MILL_STATE_CORRUPT', undefined]);
    });
  });
}

describe('changelogs', () => {
  it('keyed: one record a key, of its last write, and a tombstone for a deletion', () => {
    const key = (name: string): Buffer => Buffer.from(`s\0d${name}`);
    const ops: WriteOp[] = [{ type: 'put', key: key('x'), value: Buffer.from('1') }, { type: 'put', key: key('y'), value: Buffer.from('2') }, { type: 'del', key: key('x') }];
    const records = encodeChangelog({ store: 's', format: 'keyed' }, ops, 1_000);
    expect(records.map((record) => [record.key?.toString(), record.value?.toString()])).to.have.deep.members([['dx', undefined], ['dy', '2']]);
  });

  it('batched: one record for all writes of a commit, as long as they fit', () => {
    const ops = Array.from({ length: 100 }, (_, index): WriteOp => ({ type: 'put', key: Buffer.from(`s\0d${index}`), value: Buffer.alloc(10) }));
    const split = encodeChangelog({ store: 's', format: 'batched' }, ops, 500);
    expect(encodeChangelog({ store: 's', format: 'batched' }, ops, 10_000)).to.have.length(1);
    expect(split.length).to.be.within(5, 10);
    expect(encodeChangelog({ store: 's', format: 'batched' }, [], 500)).to.deep.equal([]);
  });

  it('leave out stores that have none, and whatever is of no store', () => {
    const ops: WriteOp[] = ['s\0d1', 'other\0d1', 's\0d2', 'bare', 's\0d3', 'ss\0d1'].map((key) => ({ type: 'del', key: Buffer.from(key) }));
    expect([...opsByStore(ops, ['s'])].map(([store, own]) => [store, own.map(({ key }) => key.toString())])).to.deep.equal([['s', ['s\0d1', 's\0d2', 's\0d3']]]);
  });
});
