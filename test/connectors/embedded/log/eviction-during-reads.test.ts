import { expect } from 'chai';
import { record, values, withLog } from './support.ts';

/** Larger than half of the tail cache below, so that each batch evicts the one before it. */
const large = (name: string): string => name.padEnd(1_500, '.');

describe('embedded log while commits evict from the tail', () => {
  it('gives the records from the offset that was asked for, and skips none', () => withLog({ tailCacheBytes: 2_500 }, async (log) => {
    await log.ensureTopics([{ topic: 't', partitions: 1 }]);
    for (let offset = 0; offset < 20; offset++) {
      await log.produce([record('t', large(String(offset)))]);
      // The commit starts first: it evicts the batch while the read, which has found it in memory, may wait.
      const committed = log.produce([record('t', large(`after ${offset}`))]);
      const read = await log.read({ topic: 't', partition: 0 }, 2 * offset, 10);
      await committed;
      expect(read[0]?.offset).to.equal(2 * offset);
      expect(values(read)[0]).to.equal(large(String(offset)));
    }
  }));
});
