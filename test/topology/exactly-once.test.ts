/**
 * Random inputs and random faults against a model: whatever fails, every effect of a record happens once. The topology
 * has all that could break it: deduplication, calls that finish out of order, a path around them that meets them again
 * at a store, a repartition, and an aggregate.
 */
import { setTimeout } from 'node:timers/promises';
import { expect } from 'chai';
import { MillraceError } from '../../connectors/ports/index.ts';
import { Streams, StreamsBuilder, jsonSerde, keyValueStore, stringSerde } from '../../topology/index.ts';
import type { EnrichOrdering, KeyValueStore, Processor, Topology } from '../../topology/index.ts';
import { drivers } from './support/drivers.ts';
import { FaultyLogDriver, fault } from './support/faulty-log-driver.ts';
import type { FaultPoint } from './support/faulty-log-driver.ts';
import { readAll, readValues, writeValues } from './support/log.ts';
import { Random } from './support/random.ts';

interface Payment {
  readonly id: string;
  readonly account: string;
  readonly amount: number;
  readonly path: 'slow' | 'direct' | 'bad';
}

interface Total {
  readonly account: string;
  readonly count: number;
  readonly sum: number;
}

/** `through`: epochs overlap in the call. `around`: some records pass beside it, so that they must not. */
type Shape = 'through' | 'around';

/** Numbers the records of each key: a read-modify-write that loses an update as soon as epochs mix. */
class Numbering implements Processor<string, Payment, string, Payment & { readonly number: number }> {
  async process(record: { key: string; value: Payment }, context: Parameters<Processor<string, Payment, string, Payment & { readonly number: number }>['process']>[1]): Promise<void> {
    const store = context.store<KeyValueStore<string, number>>('numbers');
    const number = ((await store.get(record.value.account)) ?? 0) + 1;
    store.put(record.value.account, number);
    context.forward({ key: record.key, value: { ...record.value, number } });
  }
}

const payments = { key: stringSerde, value: jsonSerde<Payment>() };
const numbered = { key: stringSerde, value: jsonSerde<Payment & { number: number }>() };
const totals = { key: stringSerde, value: jsonSerde<Total>() };

function topologyOf(shape: Shape, ordering: EnrichOrdering, random: Random): Topology {
  const builder = new StreamsBuilder();
  builder.addStateStore(keyValueStore({ name: 'numbers', key: stringSerde, value: jsonSerde<number>() }));
  const once = builder.stream('payments', payments).deduplicate({ name: 'once', by: ({ id }) => id, ttlMs: 3_600_000 });
  const { direct, slow } = once.split().branch(({ path }) => shape === 'around' && path === 'direct', 'direct').defaultBranch('slow');
  const called = slow.enrich(async (payment) => {
    await setTimeout(random.int(4));
    if (payment.path === 'bad') throw new Error(`bad payment ${payment.id}`);
    return payment;
  }, { name: 'call', concurrency: 4, ordering });
  const all = (shape === 'around' ? called.merge(direct) : called).process(() => new Numbering(), { name: 'number', stores: ['numbers'] });
  all.to('numbered', numbered);
  all.selectKey(({ account }) => account)
    .repartition({ name: 'by-account', ...numbered })
    .groupByKey()
    .aggregate<Total>(() => ({ account: '', count: 0, sum: 0 }), (account, { amount }, { count, sum }) => ({ account, count: count + 1, sum: sum + amount }), { name: 'totals', ...totals })
    .toStream().to('totals', totals);
  return builder.build();
}

function inputOf(random: Random): Payment[] {
  const path = (): Payment['path'] => (random.chance(0.1) ? 'bad' : random.chance(0.3) ? 'direct' : 'slow');
  const unique = Array.from({ length: 120 }, (_, index): Payment => ({ id: `p${index}`, account: `a${random.int(5)}`, amount: random.int(100), path: path() }));
  const input = [...unique];
  for (let repeat = 0; repeat < 60; repeat++) input.splice(random.int(input.length), 0, random.pick(unique));
  return input;
}

const FAULTS: readonly { readonly point: FaultPoint; readonly make: () => MillraceError }[] = [
  { point: 'before-commit', make: () => fault('MILL_FENCED') },
  { point: 'before-commit', make: () => fault('MILL_DISK_FULL') },
  { point: 'before-commit', make: () => fault('MILL_COMMIT_INDEFINITE') },
  { point: 'after-commit', make: () => fault('MILL_COMMIT_INDEFINITE') },
  { point: 'poll', make: () => new MillraceError('MILL_CLOSED', 'drawn by the test') },
  { point: 'state', make: () => new MillraceError('MILL_PROCESSOR_FAILED', 'a store that cannot be read, drawn by the test') },
];

for (const { name, open } of drivers) {
  describe(`Exactly once on the ${name} log`, function () {
    this.timeout(60_000);
    for (const [shape, ordering] of [['through', 'partition'], ['through', 'key'], ['through', 'none'], ['around', 'partition'], ['around', 'none']] as const) {
      for (const seed of [1, 2, 3]) {
        it(`survives faults and restarts (${shape}, ordering ${ordering}, seed ${seed})`, async () => {
          const random = new Random(seed * 1000 + ordering.length * 10 + shape.length);
          const input = inputOf(random);
          const driver = await open();
          await driver.ensureTopics(['payments', 'numbered', 'totals'].map((topic) => ({ topic, partitions: 2 })));
          const met = new Map<FaultPoint, number>();
          const struck = new Map<FaultPoint, number>();
          const faulty = new FaultyLogDriver(driver, (point) => {
            const passes = (met.get(point) ?? 0) + 1;
            met.set(point, passes);
            const strikes = struck.get(point) ?? 0;
            // The third pass always, so that no run goes without; others by chance, and not for ever.
            if (strikes === 10 || (passes !== 3 && !random.chance(0.15))) return null;
            struck.set(point, strikes + 1);
            return random.pick(FAULTS.filter((candidate) => candidate.point === point)).make();
          });

          const start = async (): Promise<Streams> => {
            const streams = new Streams(topologyOf(shape, ordering, random), {
              applicationId: 'app', driver: faulty, commitIntervalMs: 15, lingerMs: random.int(3), reopenBackoffMs: 1, maxReopenBackoffMs: 5,
              epoch: { maxRecords: 1 + random.int(12) }, poll: { maxRecords: 1 + random.int(9) }, buffer: { highRecords: 10 + random.int(60) },
            });
            await streams.start();
            return streams;
          };
          let streams = await start();
          for (let at = 0; at < input.length; at += 20) {
            await writeValues(driver, 'payments', input.slice(at, at + 20).map((payment) => [payment.id, payment] as const), payments.value);
            await setTimeout(random.int(10));
            if (random.chance(0.3)) {
              await streams.closeDirty();
              streams = await start();
            }
          }
          await streams.whenIdle();
          await streams.close();

          expect([...struck.keys()].sort(), 'where faults struck').to.deep.equal(['after-commit', 'before-commit', 'poll', 'state']);
          const good = new Map(input.filter(({ path }) => path !== 'bad').map((payment) => [payment.id, payment]));
          const bad = input.filter(({ path }) => path === 'bad');
          const written = await readValues(driver, 'numbered', numbered.value);
          expect(written.map(({ id }) => id).sort()).to.deep.equal([...good.keys()].sort());
          expectNumbersWithoutGaps(await readAll(driver, 'payments'), written);
          expectTotals([...good.values()], await readValues(driver, 'totals', totals.value));
          const dead = (await readAll(driver, 'app-dead-letters')).map(({ value }) => payments.value.deserialize(value as Buffer).id);
          expect([...new Set(dead)].sort()).to.deep.equal([...new Set(bad.map(({ id }) => id))].sort());
          expect(dead.length).to.be.at.most(bad.length);
          await driver.close();
        });
      }
    }
  });
}

/** Each account's payments are numbered 1, 2, 3… within each task. */
function expectNumbersWithoutGaps(source: readonly { readonly partition: number; readonly key: Buffer | null }[], written: readonly (Payment & { number: number })[]): void {
  const partitionOf = new Map(source.map(({ partition, key }) => [key?.toString(), partition]));
  const numbers = new Map<string, number[]>();
  for (const { id, account, number } of written) {
    const task = `${partitionOf.get(id) ?? -1}/${account}`;
    numbers.set(task, [...(numbers.get(task) ?? []), number]);
  }
  for (const [task, given] of numbers) expect(given.sort((a, b) => a - b), task).to.deep.equal(given.map((_, index) => index + 1));
}

/** Every total of an account once, each the former one and one payment more, and the last of them right. */
function expectTotals(good: readonly Payment[], written: readonly Total[]): void {
  for (const account of new Set(good.map((payment) => payment.account))) {
    const own = written.filter((total) => total.account === account);
    expect(own.map(({ count }) => count), account).to.deep.equal(own.map((_, index) => index + 1));
    const expected = good.filter((payment) => payment.account === account);
    expect(own.at(-1)).to.deep.equal({ account, count: expected.length, sum: expected.reduce((sum, { amount }) => sum + amount, 0) });
  }
}
