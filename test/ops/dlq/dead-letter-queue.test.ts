import { expect } from 'chai';
import { openEmbeddedLog } from '../../../connectors/embedded/index.ts';
import type { LogDriver, OutgoingRecord } from '../../../connectors/ports/index.ts';
import { DeadLetterQueue } from '../../../ops/dlq/index.ts';
import type { DeadLetterRecord } from '../../../ops/dlq/index.ts';

const letter = (value: string, { partition = 0, node = 'parse', code = 'MILL_DESERIALIZATION', atMs = 0 } = {}): OutgoingRecord => ({
  topic: 'dlq', partition, timestampMs: 5, key: Buffer.from(`key of ${value}`), value: Buffer.from(value),
  headers: { origin: Buffer.from(value), ...Object.fromEntries(Object.entries({ topic: 'in', partition: '1', offset: '7', node, code, exception: 'SyntaxError', message: `${value} is bad`, stacktrace: 'at', at: String(atMs) })
    .map(([name, text]) => [`__streams.errors.${name}`, Buffer.from(text)])) },
});

async function withQueue(letters: readonly OutgoingRecord[], use: (queue: DeadLetterQueue, log: LogDriver) => Promise<void>): Promise<void> {
  const driver = await openEmbeddedLog();
  try {
    await driver.ensureTopics([{ topic: 'dlq', partitions: 2 }, { topic: 'in', partitions: 2 }]);
    await driver.produce(letters);
    await use(new DeadLetterQueue({ driver, topic: 'dlq' }), driver);
  } finally {
    await driver.close();
  }
}

async function openIds(queue: DeadLetterQueue): Promise<string[]> {
  const ids: string[] = [];
  for await (const { id } of queue.open()) ids.push(id);
  return ids;
}

const values = (letters: readonly DeadLetterRecord[]): (string | undefined)[] => letters.map(({ record }) => record.value?.toString());
const resubmitted = async (log: LogDriver): Promise<(string | undefined)[]> => (await log.read({ topic: 'in', partition: 1 }, 0, 100)).map(({ value }) => value?.toString());

describe('dead-letter queue', () => {
  const three = [letter('a', { atMs: 1 }), letter('b', { atMs: 3, node: 'see', code: 'MILL_TIMEOUT' }), letter('c', { atMs: 2, partition: 1 })];

  it('shows what failed, where, when and why, with the raw record', () => withQueue(three, async (queue) => {
    const { record, ...said } = await queue.get('0:1');
    expect(said).to.deep.equal({
      id: '0:1', topic: 'in', partition: 1, offset: 7, node: 'see', code: 'MILL_TIMEOUT', exception: 'SyntaxError', message: 'b is bad', stacktrace: 'at', atMs: 3,
    });
    expect(record).to.deep.include({ key: Buffer.from('key of b'), value: Buffer.from('b'), timestampMs: 5 });
  }));

  it('lists the newest first, by node, code or topic', () => withQueue(three, async (queue) => {
    expect(values(await queue.newest(2))).to.deep.equal(['b', 'c']);
    expect(values(await queue.newest(9, { node: 'parse' }))).to.deep.equal(['c', 'a']);
    expect(values(await queue.newest(9, { code: 'MILL_TIMEOUT' }))).to.deep.equal(['b']);
    expect(values(await queue.newest(9, { topic: 'out' }))).to.deep.equal([]);
  }));

  it('sends a letter on once, and it is open no more', () => withQueue(three, async (queue, log) => {
    expect(await queue.retry({ ids: ['0:1'] })).to.equal(1);
    expect(await log.read({ topic: 'in', partition: 1 }, 0, 9)).to.deep.equal([
      { topic: 'in', partition: 1, offset: 0, timestampMs: 5, key: Buffer.from('key of b'), value: Buffer.from('b'), headers: { origin: Buffer.from('b') } },
    ]);
    expect(await queue.count()).to.equal(2);
    expect(await openIds(queue)).to.deep.equal(['0:0', '1:0']);
    expect(await queue.retry({ code: 'MILL_TIMEOUT' })).to.equal(0);
    expect(await resubmitted(log)).to.deep.equal(['b']);
  }));

  it('deletes what is handled from the front of each partition, and keeps what is open behind it', () => withQueue(three, async (queue, log) => {
    await queue.purge({ ids: ['0:1'] });
    expect(await log.startOffsets('dlq')).to.deep.equal([0, 0]);
    await queue.retry({ ids: ['0:0'] });
    expect(await log.startOffsets('dlq')).to.deep.equal([2, 0]);
    expect(await openIds(queue)).to.deep.equal(['1:0']);
    expect(await queue.purge()).to.equal(1);
    expect(await log.startOffsets('dlq')).to.deep.equal([2, 1]);
    await log.produce([letter('d')]);
    expect(await openIds(queue)).to.deep.equal(['0:2']);
  }));

  it('handles more letters than one read brings', () => withQueue(Array.from({ length: 1234 }, (_, index) => letter(String(index), { atMs: index })), async (queue, log) => {
    expect(values(await queue.newest(3))).to.deep.equal(['1233', '1232', '1231']);
    expect(await queue.retry()).to.equal(1234);
    expect(await log.endOffsets('in')).to.deep.equal([0, 1234]);
    expect(await openIds(queue)).to.deep.equal([]);
  }));

  it('says which letters are not there', () => withQueue(three, async (queue) => {
    for (const act of [queue.get('0:9'), queue.retry({ ids: ['0:9'] }), queue.purge({ ids: ['x'] })]) {
      const failure = await act.then(() => null, (error: unknown) => error);
      expect(failure).to.be.an('error').with.property('code', 'MILL_DEAD_LETTER_UNKNOWN');
    }
  }));

  it('is empty where the topic does not exist', async () => {
    const driver = await openEmbeddedLog();
    const queue = new DeadLetterQueue({ driver, topic: 'nowhere' });
    expect(await openIds(queue)).to.deep.equal([]);
    await driver.close();
  });

  it('keeps what another reader of the topic has not read, and deletes it when it has', () => withQueue(three, async (_queue, log) => {
    const queue = new DeadLetterQueue({ driver: log, topic: 'dlq', readers: ['app-events'] });
    expect(await queue.purge({})).to.equal(3);
    expect(await log.startOffsets('dlq')).to.deep.equal([0, 0]);
    expect(await queue.count()).to.equal(0);

    const reader = await log.join({ groupId: 'app-events', subtopologies: [{ name: 'events', sources: ['dlq'] }], onAssignment: async () => undefined });
    const task = await reader.openTask({ subtopology: 'events', partition: 0 });
    await task.commit({ outputs: [], positions: new Map([['dlq/0', 1]]), state: [] });
    await queue.purge({});
    expect(await log.startOffsets('dlq')).to.deep.equal([1, 0]);
    await task.close();
    await reader.leave();
  }));
});
