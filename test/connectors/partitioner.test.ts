import { expect } from 'chai';
import { murmur2, partitionForKey } from '../../connectors/ports/index.ts';
import { readAll, record, values, withLog } from './embedded/log/support.ts';

describe('partitioner', () => {
  it("hashes as Kafka's Java client does", () => {
    const vectors: Record<string, number> = {
      '21': -973932308,
      foobar: -790332482,
      'a-little-bit-long-string': -985981536,
      'a-little-bit-longer-string': -1486304829,
      lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8: -58897971,
      abc: 479470107,
    };
    for (const [text, hash] of Object.entries(vectors)) expect(murmur2(Buffer.from(text)), text).to.equal(hash);
  });

  it('never gives a negative partition', () => {
    expect(partitionForKey(Buffer.from('21'), 10)).to.equal((-973932308 & 0x7fffffff) % 10);
    for (let index = 0; index < 1_000; index++) expect(partitionForKey(Buffer.from(`key-${index}`), 7)).to.be.within(0, 6);
  });

  it('keeps the records of a key together and in order, and spreads keys and records without one', () => withLog({}, async (log) => {
    await log.ensureTopics([{ topic: 't', partitions: 4 }]);
    const bare = (key: Buffer | null, value: string) => {
      const { partition: _chosen, ...rest } = record('t', value, { key });
      return rest;
    };
    for (let round = 0; round < 3; round++) await log.produce(Array.from({ length: 100 }, (_, index) => bare(Buffer.from(`k${index}`), `${index}:${round}`)));
    for (let partition = 0; partition < 4; partition++) {
      const records = await readAll(log, 't', partition);
      expect(records.length).to.be.greaterThan(0);
      const byKey = new Map<string, (string | undefined)[]>();
      for (const each of records) byKey.set(String(each.key), [...(byKey.get(String(each.key)) ?? []), ...values([each])]);
      for (const [key, seen] of byKey) expect(seen).to.deep.equal([0, 1, 2].map((round) => `${key.slice(1)}:${round}`));
    }
    const before = await log.endOffsets('t');
    for (let round = 0; round < 8; round++) await log.produce([bare(null, 'x')]);
    expect((await log.endOffsets('t')).map((end, partition) => end - (before[partition] ?? 0))).to.deep.equal([2, 2, 2, 2]);
  }));
});
