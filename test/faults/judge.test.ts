/** The verdict itself is put to the test: what it must find is planted in the output of a run without faults. */
import { expect } from 'chai';
import { openEmbeddedLog } from '../../connectors/embedded/index.ts';
import type { LogDriver } from '../../connectors/ports/index.ts';
import { Streams } from '../../topology/index.ts';
import { readAll } from '../topology/support/log.ts';
import type { AccountTotal, FaultEvent } from './events.ts';
import { judge } from './judge.ts';
import type { InputRecord, OutputRecord } from './judge.ts';
import { faultTopology } from './topology.ts';

const EVENTS = 300;

async function runOnce(log: LogDriver): Promise<{ readonly input: InputRecord[]; readonly output: OutputRecord[] }> {
  await log.ensureTopics([{ topic: 'in', partitions: 2 }, { topic: 'out', partitions: 2 }]);
  const events = Array.from({ length: EVENTS }, (_, i): FaultEvent => ({ eventId: `e${i}`, user: `user-${i % 40}`, amount: i % 17 }));
  const sent = [...events, ...events.filter((_, i) => i % 5 === 0)];
  await log.produce(sent.map((event) => ({ topic: 'in', key: Buffer.from(event.user), value: Buffer.from(JSON.stringify(event)), timestampMs: 0, headers: {} })));
  const topology = faultTopology({ input: 'in', output: 'out', callMs: 5, concurrency: 16, stallMs: 0, mended: true });
  const streams = new Streams(topology, { applicationId: 'judged', driver: log });
  await streams.start();
  await streams.whenIdle();
  await streams.close();
  return {
    input: (await readAll(log, 'in')).map(({ value }) => ({ event: JSON.parse(String(value)) as FaultEvent })),
    output: (await readAll(log, 'out')).map(({ key, value }) => ({ account: String(key), total: JSON.parse(String(value)) as AccountTotal })),
  };
}

describe('fault suite: the verdict', () => {
  let input: readonly InputRecord[];
  let output: readonly OutputRecord[];

  before(async () => {
    const log = await openEmbeddedLog({});
    ({ input, output } = await runOnce(log));
    await log.close();
  });

  const indexOf = (count: number): number => output.findIndex(({ total }) => total.count === count);
  const faultsOf = (records: readonly OutputRecord[], guarantee: 'exactly_once' | 'at_least_once' = 'exactly_once'): string =>
    judge(input, records, guarantee).faults.join('; ');

  it('is clean for a run without faults', () => {
    const verdict = judge(input, output, 'exactly_once');
    expect(verdict).to.deep.include({ inputRecords: EVENTS * 1.2, distinctEvents: EVENTS, outputRecords: EVENTS, stepsBack: 0 });
    expect(verdict.faults).to.deep.equal([]);
  });

  it('finds an event that was lost, at the end of a chain and inside', () => {
    const account = output[0]!.account;
    const last = output.findLastIndex((record) => record.account === account);
    expect(faultsOf(output.toSpliced(last, 1))).to.match(/^1 lost: e\d+$/);
    expect(faultsOf(output.toSpliced(indexOf(3), 1))).to.match(/1 lost.*count 4 follows 2/);
    expect(faultsOf(output.toSpliced(indexOf(3), 1), 'at_least_once')).to.match(/1 lost/);
  });

  it('finds a record that was written twice, which at least once allows', () => {
    const at = indexOf(5);
    const doubled = output.toSpliced(at, 0, output[at]!);
    expect(faultsOf(doubled)).to.match(/1 steps back/);
    expect(faultsOf(doubled, 'at_least_once')).to.equal('');
  });

  /** A crash between changelog and offsets: the last event of a chain is counted again. */
  it('finds an event that was counted twice, which at least once allows', () => {
    const account = output[0]!.account;
    const last = output.findLast((record) => record.account === account)!.total;
    const { amount } = input.find(({ event }) => event.eventId === last.eventId)!.event;
    const twice = [...output, { account, total: { count: last.count + 1, sum: last.sum + amount, eventId: last.eventId } }];
    expect(faultsOf(twice)).to.match(/1 duplicated/);
    expect(faultsOf(twice, 'at_least_once')).to.equal('');
  });

  /** One lost and one repeated: the count is as it should be. */
  it('finds a loss that a repeat covers up', () => {
    const account = output[0]!.account;
    const chain = output.filter((record) => record.account === account);
    const [first, last] = [chain[0]!.total, chain.at(-1)!.total];
    const before = chain.at(-2)!.total;
    const amount = first.sum;
    const covered = output.map((record) => (record.total === last ? { account, total: { ...last, sum: before.sum + amount, eventId: first.eventId } } : record));
    expect(faultsOf(covered, 'at_least_once')).to.match(/^1 lost: e\d+$/);
  });

  it('finds what went back and was not done again', () => {
    const account = output[0]!.account;
    const first = output.find((record) => record.account === account)!;
    const steppedBack = [...output, first];
    expect(faultsOf(steppedBack, 'at_least_once')).to.match(/^\d+ lost/);
  });

  it('finds a wrong sum, and an event under an account that is not its own', () => {
    const at = indexOf(4);
    const { account, total } = output[at]!;
    expect(faultsOf(output.with(at, { account, total: { ...total, sum: total.sum + 1 } }), 'at_least_once')).to.match(/wrong: .*sum/);
    const other = output.find((record) => record.account !== account)!;
    expect(faultsOf(output.with(at, { account, total: { ...total, eventId: other.total.eventId } }), 'at_least_once')).to.match(/is no event of it/);
  });
});
