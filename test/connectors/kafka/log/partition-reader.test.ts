import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import { PartitionReader } from '../../../../connectors/kafka/log/partition-reader.ts';
import type { ReadBatch } from '../../../../connectors/kafka/log/partition-reader.ts';
import { Random } from '../../../topology/support/random.ts';
import { recordAt } from './scripted-client.ts';
import { never } from './support.ts';

const END = 200;

/** A partition in which markers, aborted records and compaction have left gaps. */
const drawOffsets = (random: Random): number[] => Array.from({ length: END }, (_, offset) => offset).filter(() => random.chance(0.6));

function batchFrom(random: Random, offsets: readonly number[], position: number): ReadBatch {
  const nextOffset = Math.min(END, position + 1 + random.int(20));
  return { records: offsets.filter((offset) => offset >= position && offset < nextOffset).map((offset) => recordAt(offset)), nextOffset };
}

describe('partition reader', () => {
  it('hands out every record once and in order, and knows which positions stand for the same', async () => {
    for (let seed = 1; seed <= 300; seed++) {
      const random = new Random(seed);
      const offsets = drawOffsets(random);
      const reader = new PartitionReader({ topic: 't', partition: 0 }, 0, { onWant: () => undefined, onClose: () => undefined });
      const fill = (): void => {
        if (reader.wantsFetch && reader.position < END) reader.receive(reader.position, batchFrom(random, offsets, reader.position));
      };
      const taken: number[] = [];
      const ended = new AbortController();
      for (let next = 0; !ended.signal.aborted;) {
        const answers: (ReadBatch | undefined)[] = [];
        void reader.take(next, { maxRecords: 1 + random.int(7), maxBytes: 1 + random.int(30) }, ended.signal).then((batch) => { answers.push(batch); });
        for (;;) {
          if (random.chance(0.5)) fill();
          await setImmediate();
          if (answers.length > 0) break;
          if (reader.position >= END) ended.abort();
          fill();
        }
        const { records, nextOffset } = answers[0] ?? { records: [], nextOffset: next };
        taken.push(...records.map(({ offset }) => offset));
        // Whoever reads on from behind the last record must get the same as one who knows of the gap.
        const last = records.at(-1);
        const position = last === undefined ? next : last.offset + 1;
        expect(reader.furthest(position), `seed ${seed}`).to.be.within(position, offsets.find((offset) => offset >= position) ?? END);
        next = random.chance(0.5) ? position : nextOffset;
      }
      expect(taken, `seed ${seed}`).to.deep.equal(offsets);
    }
  });

  it('starts anew where it is asked for another position', async () => {
    const reader = new PartitionReader({ topic: 't', partition: 0 }, 0, { onWant: (wanting) => {
      if (wanting.wantsFetch) wanting.receive(wanting.position, { records: [recordAt(wanting.position), recordAt(wanting.position + 1)], nextOffset: wanting.position + 2 });
    }, onClose: () => undefined });
    const offsetsAt = async (offset: number): Promise<number[] | undefined> => (await reader.take(offset, { maxRecords: 10, maxBytes: 100 }, never))?.records.map((each) => each.offset);
    expect(await offsetsAt(0)).to.deep.equal([0, 1]);
    expect(await offsetsAt(100)).to.deep.equal([100, 101]);
    expect(await offsetsAt(1)).to.deep.equal([1, 2]);
    expect(await offsetsAt(3)).to.deep.equal([3, 4]);
  });
});
