/** The batches of one partition under one producer id: their cut, their sequence, and what a failure leaves. */
import { expect } from 'chai';
import { PartitionQueue } from '../../../connectors/kafka/client/partition-queue.ts';
import { AT } from '../../../connectors/kafka/client/records/layout.ts';
import { MillraceError, type OutgoingRecord } from '../../../connectors/ports/index.ts';

const records = (count: number, bytes = 10): OutgoingRecord[] =>
  Array.from({ length: count }, () => ({ topic: 't', partition: 0, key: null, value: Buffer.alloc(bytes), headers: {}, timestampMs: 1 }));
const queueOf = (): PartitionQueue => new PartitionQueue({ topic: 't', partition: 0 }, { compression: 'none', producerId: 5, producerEpoch: 0, transactional: false });
const FAR = Number.MAX_SAFE_INTEGER;
const error = new MillraceError('MILL_KAFKA_FAILED', 'no');
const failureOf = (promise: Promise<unknown>): Promise<unknown> => promise.then(() => 'stored', (reason: unknown) => reason);

async function head(queue: PartitionQueue): Promise<{ sequence: number; count: number }> {
  const batch = (await queue.encode())!;
  return { sequence: batch.readInt32BE(AT.firstSequence), count: batch.readInt32BE(AT.count) };
}

describe('a queue of a partition', () => {
  it('keeps the bytes of a batch until it is stored, and numbers batches on', async () => {
    const queue = queueOf();
    const [first, second] = [queue.add(records(3), 10), queue.add(records(2), 20)];
    expect(queue.batch).to.equal(undefined);
    const bytes = await queue.encode();
    expect(await queue.encode()).to.equal(bytes);
    expect(queue.batch).to.equal(bytes);
    expect([await head(queue), queue.until]).to.deep.equal([{ sequence: 0, count: 3 }, 10]);
    queue.inDoubt = true;
    queue.stored(100);
    expect(queue.inDoubt).to.equal(false);
    expect(await first).to.deep.equal({ firstOffset: 100, lastOffset: 102 });
    expect([await head(queue), queue.until]).to.deep.equal([{ sequence: 3, count: 2 }, 20]);
    queue.stored(200);
    expect(await second).to.deep.equal({ firstOffset: 200, lastOffset: 201 });
    expect([queue.isEmpty, await queue.encode()]).to.deep.equal([true, undefined]);
  });

  it('cuts a large delivery into batches, and tells both its ends', async () => {
    const queue = queueOf();
    const stored = queue.add(records(5, 400_000), FAR);
    expect(await head(queue)).to.deep.equal({ sequence: 0, count: 2 });
    queue.stored(10);
    expect(await head(queue)).to.deep.equal({ sequence: 2, count: 2 });
    queue.stored(50);
    expect(await head(queue)).to.deep.equal({ sequence: 4, count: 1 });
    queue.stored(90);
    expect(await stored).to.deep.equal({ firstOffset: 10, lastOffset: 90 });
  });

  it('takes smaller batches once one was too large, down to one record', async () => {
    const queue = queueOf();
    const stored = queue.add(records(4, 100_000), FAR);
    expect(await head(queue)).to.deep.equal({ sequence: 0, count: 4 });
    // Half of the bytes, of which a batch's head takes some.
    expect(queue.shrink()).to.equal(true);
    expect(await head(queue)).to.deep.equal({ sequence: 0, count: 1 });
    expect(queue.shrink()).to.equal(false);
    for (let offset = 0; offset < 4; offset += 1) {
      expect(await head(queue)).to.deep.equal({ sequence: offset, count: 1 });
      queue.stored(offset);
    }
    expect(await stored).to.deep.equal({ firstOffset: 0, lastOffset: 3 });
  });

  it('goes on under the same sequence after a refusal', async () => {
    const queue = queueOf();
    const [first, second] = [failureOf(queue.add(records(3), FAR)), queue.add(records(1), FAR)];
    await queue.encode();
    queue.rejectFirst(error);
    expect(await first).to.equal(error);
    expect(await head(queue)).to.deep.equal({ sequence: 0, count: 1 });
    queue.stored(7);
    expect(await second).to.deep.equal({ firstOffset: 7, lastOffset: 7 });
  });

  it('takes no answer, and has no batch, once all was rejected, also while it was encoding', async () => {
    const queue = queueOf();
    const all = [failureOf(queue.add(records(1), FAR)), failureOf(queue.add(records(1), FAR))];
    const encoding = queue.encode();
    queue.rejectAll(error);
    expect(await encoding).to.equal(undefined);
    queue.stored(3);
    expect(await Promise.all(all)).to.deep.equal([error, error]);
    expect([queue.isEmpty, queue.until]).to.deep.equal([true, Number.POSITIVE_INFINITY]);
  });
});
