import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import { Fetcher } from '../../../../connectors/kafka/log/fetcher.ts';
import { MillraceError } from '../../../../connectors/ports/index.ts';
import { ScriptedBrokers, brought } from './scripted-client.ts';
import { codeOf, never } from './support.ts';

const ALL = { maxRecords: 1_000, maxBytes: 1 << 20 };
const T = { topic: 't', partition: 0 };
const MAX_WAIT_MS = 10_000;

describe('fetcher', () => {
  let brokers: ScriptedBrokers;
  let fetcher: Fetcher;
  beforeEach(() => {
    brokers = new ScriptedBrokers();
    fetcher = new Fetcher(brokers.client, { maxWaitMs: MAX_WAIT_MS });
  });
  afterEach(() => { fetcher.close(); });

  it('asks one broker for all its partitions at once, and shares an answer among those who want the same', async () => {
    const readers = [fetcher.open(T, 5), fetcher.open({ topic: 't', partition: 1 }, 7), fetcher.open(T, 5)];
    const takes = readers.map((reader) => reader.take(reader.position, ALL, never));
    const { node, positions, answer } = await brokers.asked();
    expect(node).to.equal(1);
    expect(positions.map(({ partition, offset }) => [partition, offset])).to.deep.equal([[0, 5], [1, 7]]);
    answer([brought([5, 6], 7), brought([7], 8, 't', 1)]);
    expect((await Promise.all(takes)).map((batch) => batch?.records.map(({ offset }) => offset))).to.deep.equal([[5, 6], [7], [5, 6]]);
  });

  it('reads nothing before somebody asks, and then one batch ahead and no further', async () => {
    const reader = fetcher.open(T, 0);
    await setImmediate();
    expect(brokers.waiting).to.equal(0);
    const first = reader.take(0, ALL, never);
    (await brokers.asked()).answer([brought([0, 1], 2)]);
    await first;
    (await brokers.asked()).answer([brought([2, 3], 4)]);
    const ahead = await brokers.asked();
    expect(ahead.positions[0]?.offset).to.equal(4);
    ahead.answer([brought([4, 5], 6)]);
    await setImmediate();
    expect(brokers.waiting).to.equal(0);
    expect((await reader.take(2, ALL, never))?.records).to.have.length(2);
    expect((await brokers.asked()).positions[0]?.offset).to.equal(6);
  });

  it('polls a quiet partition briefly while another one of the broker is busy, and long when none is', async () => {
    const [busy, quiet] = [fetcher.open(T, 0), fetcher.open({ topic: 't', partition: 1 }, 0)];
    const first = busy.take(0, ALL, never);
    void quiet.take(0, ALL, never);
    const both = await brokers.asked();
    expect(both.options.maxWaitMs).to.equal(MAX_WAIT_MS);
    both.answer([brought([0], 1)]);
    await first;
    (await brokers.asked()).answer([brought([1], 2)]);
    (await brokers.asked()).answer([brought([2], 3)]);
    const alone = await brokers.asked();
    expect(alone.positions.map(({ partition }) => partition)).to.deep.equal([1]);
    expect(alone.options.maxWaitMs).to.be.lessThan(100);
  });

  it('looks for the leader anew when a broker is not it, or does not answer', async () => {
    const take = fetcher.open(T, 0).take(0, ALL, never);
    const refused = await brokers.asked();
    brokers.leader = 2;
    refused.answer([{ ...T, outcome: 'not-leader' }]);
    const lost = await brokers.asked();
    expect(lost.node).to.equal(2);
    brokers.leader = 3;
    lost.fail(new Error('connection refused'));
    const last = await brokers.asked();
    expect(last.node).to.equal(3);
    last.answer([brought([0], 1)]);
    expect((await take)?.records).to.have.length(1);
    expect(brokers.lookUps).to.equal(3);
  });

  it('waits while a partition has no leader', async () => {
    brokers.leader = -1;
    const take = fetcher.open(T, 0).take(0, ALL, never);
    while (brokers.lookUps < 3) await setImmediate();
    brokers.leader = 1;
    (await brokers.asked()).answer([brought([0], 1)]);
    expect((await take)?.records).to.have.length(1);
  });

  it('tells who asks that the offset is out of range, or the login refused, and reads on when asked again', async () => {
    const reader = fetcher.open(T, 0);
    const first = codeOf(reader.take(0, ALL, never));
    (await brokers.asked()).answer([{ ...T, outcome: 'out-of-range' }]);
    expect(await first).to.equal('MILL_OFFSET_OUT_OF_RANGE');
    const second = codeOf(reader.take(5, ALL, never));
    const refused = await brokers.asked();
    expect(refused.positions[0]?.offset).to.equal(5);
    refused.fail(new MillraceError('MILL_KAFKA_AUTH', 'refused'));
    expect(await second).to.equal('MILL_KAFKA_AUTH');
    const third = reader.take(5, ALL, never);
    (await brokers.asked()).answer([brought([5], 6)]);
    expect((await third)?.records).to.have.length(1);
  });

  it('drops an answer to what is no longer asked for', async () => {
    const reader = fetcher.open(T, 0);
    const abort = new AbortController();
    const first = reader.take(0, ALL, abort.signal);
    const stale = await brokers.asked();
    abort.abort();
    expect(await first).to.equal(undefined);
    const second = reader.take(50, ALL, never);
    stale.answer([brought([0, 1], 2)]);
    (await brokers.asked()).answer([brought([50], 51)]);
    expect((await second)?.records.map(({ offset }) => offset)).to.deep.equal([50]);
  });

  it('ends every wait when it is closed', async () => {
    const take = fetcher.open(T, 0).take(0, ALL, never);
    await brokers.asked();
    fetcher.close();
    expect(await take).to.equal(undefined);
  });
});
