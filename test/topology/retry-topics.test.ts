import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import { MillraceError } from '../../connectors/ports/index.ts';
import type { LogRecord, Serde } from '../../connectors/ports/index.ts';
import { ManualClock, MemoryLogDriver, Streams, StreamsBuilder, jsonSerde, retryRecordOf, stringSerde } from '../../topology/index.ts';
import type { StreamsOptions, Topology } from '../../topology/index.ts';
import { drivers } from './support/drivers.ts';
import { CallGate } from './support/gate.ts';
import { FaultyLogDriver, fault } from './support/faulty-log-driver.ts';
import { readAll, readValues, writeValues } from './support/log.ts';
import { Random } from './support/random.ts';
import { until } from './support/until.ts';

const text = { key: stringSerde, value: stringSerde };
const counts = { key: stringSerde, value: jsonSerde<number>() };
const busy = (): MillraceError => new MillraceError('MILL_INFERENCE_WORKER_LOST', 'busy');

const [MINUTE, TEN_MINUTES] = [60_000, 600_000];
const retryTopics = { delaysMs: [MINUTE, TEN_MINUTES] };

interface Bench {
  readonly log: MemoryLogDriver;
  readonly clock: ManualClock;
  readonly streams: Streams;
  readonly values: (topic: string) => Promise<string[]>;
  readonly letters: () => Promise<LogRecord[]>;
  /** Until so many records lie in the topic. */
  readonly filled: (topic: string, records: number) => Promise<void>;
  /** Lets everything run that can. */
  readonly settle: () => Promise<void>;
}

async function open(topology: Topology, { partitions = 1, ...options }: Partial<StreamsOptions> & { readonly partitions?: number } = {}, log = new MemoryLogDriver(), clock = new ManualClock(1_000_000)): Promise<Bench> {
  await log.ensureTopics(['in', 'out'].map((topic) => ({ topic, partitions })));
  const streams = new Streams(topology, { applicationId: 'app', driver: log, clock, lingerMs: 0, retryTopics, ...options });
  await streams.start();
  return {
    log, clock, streams,
    values: (topic) => readValues(log, topic, stringSerde),
    letters: () => readAll(log, 'app-dead-letters'),
    filled: (topic, records) => until(async () => (await readAll(log, topic)).length >= records),
    settle: async () => { for (let turn = 0; turn < 50; turn++) await setImmediate(); },
  };
}

/** Fails as long as `failing` holds. */
class Service {
  failing = true;
  readonly calls: string[] = [];

  readonly call = async (value: string): Promise<string> => {
    this.calls.push(value);
    if (this.failing && value.startsWith('bad')) throw busy();
    return value;
  };
}

function calling(service: Service): Topology {
  const builder = new StreamsBuilder();
  builder.stream('in', text).enrich(service.call, { name: 'call' }).to('out', text);
  return builder.build();
}

const send = (log: MemoryLogDriver, ...values: string[]): Promise<void> => writeValues(log, 'in', values.map((value) => ['k', value] as const), stringSerde);
const retryHeader = ({ headers }: LogRecord, name: string): string | undefined => headers[`__streams.retry.${name}`]?.toString();
const errorHeader = ({ headers }: LogRecord, name: string): string | undefined => headers[`__streams.errors.${name}`]?.toString();

describe('Retry topics', () => {
  it('are as many as there are delays, with the partitions of the sub-topology, and sources of it', async () => {
    const { log, streams } = await open(calling(new Service()), { partitions: 3 });
    expect(await log.partitionCount('app-in-retry-0')).to.equal(3);
    expect(await log.partitionCount('app-in-retry-1')).to.equal(3);
    expect(streams.groups[0]?.sourceTopics).to.deep.equal(['in', 'app-in-retry-0', 'app-in-retry-1']);
    await streams.close();
  });

  it('take a record that failed for a while; it comes again after each delay, while others go on, and is dead-lettered last', async () => {
    const service = new Service();
    const { log, clock, streams, values, letters, filled, settle } = await open(calling(service));
    log.append({ topic: 'in', key: Buffer.from('k'), value: Buffer.from('bad'), timestampMs: 77, headers: { trace: Buffer.from('t') } });
    await send(log, 'a');
    await filled('app-in-retry-0', 1);
    const [retried] = await readAll(log, 'app-in-retry-0');
    expect([retried!.key, retried!.value, retried!.headers['trace'], errorHeader(retried!, 'code')].map(String)).to.deep.equal(['k', 'bad', 't', 'MILL_INFERENCE_WORKER_LOST']);
    expect(['node', 'attempt', 'due', 'topic', 'partition', 'offset', 'timestamp'].map((name) => retryHeader(retried!, name)))
      .to.deep.equal(['call', '1', String(1_000_000 + MINUTE), 'in', '0', '0', '77']);

    clock.advance(MINUTE - 1);
    await send(log, 'b');
    await filled('out', 2);
    await settle();
    expect(service.calls).to.deep.equal(['bad', 'a', 'b']);
    clock.advance(1);
    await filled('app-in-retry-1', 1);
    expect(retryHeader((await readAll(log, 'app-in-retry-1'))[0]!, 'attempt')).to.equal('2');
    clock.advance(TEN_MINUTES - 1);
    await settle();
    expect(service.calls).to.have.length(4);
    expect(await letters()).to.deep.equal([]);
    clock.advance(1);
    await filled('app-dead-letters', 1);
    const [letter] = await letters();
    expect([letter!.timestampMs, letter!.headers['trace'], errorHeader(letter!, 'topic'), errorHeader(letter!, 'offset')].map(String)).to.deep.equal(['77', 't', 'in', '0']);
    expect(service.calls).to.deep.equal(['bad', 'a', 'b', 'bad', 'bad']);
    expect(await values('out')).to.deep.equal(['a', 'b']);
    expect(streams.metrics().tasks[0]?.nodes['call']).to.include({ delayedRetries: 2, deadLettered: 1 });
    await streams.whenIdle();
    await streams.close();
  });

  it('are not for errors that would come again', async () => {
    const builder = new StreamsBuilder();
    builder.stream('in', text).mapValues((): string => { throw new Error('always'); }).to('out', text);
    const { log, streams, filled } = await open(builder.build());
    await send(log, 'a');
    await filled('app-dead-letters', 1);
    expect(await log.endOffsets('app-in-retry-0')).to.deep.equal([0]);
    await streams.close();
  });

  it('bring a record back at the node that failed: nothing above is applied twice', async () => {
    const service = new Service();
    const builder = new StreamsBuilder();
    builder.stream('in', text)
      .groupByKey().count({ name: 'count', ...counts }).toStream()
      .mapValues((count, key) => ({ text: `bad ${key} ${count}`, bytes: Buffer.of(count), at: new Map([[count, new Date(count)]]) }))
      .enrich(async (value) => `${await service.call(value.text)} ${value.bytes.toString('hex')} ${[...value.at.values()][0]?.getTime() ?? ''}`, { name: 'call' })
      .groupByKey({ name: 'again', ...text }).aggregate<string>(() => '', (_key, value, all) => `${all}|${value}`, { name: 'all', ...text })
      .toStream().to('out', text);
    const { log, clock, streams, values, filled } = await open(builder.build());
    await send(log, 'x', 'y');
    await filled('app-in-retry-0', 2);
    service.failing = false;
    clock.advance(MINUTE);
    await filled('out', 2);
    await send(log, 'z');
    await filled('out', 3);
    expect((await values('out')).at(-1)).to.equal('|bad k 1 01 1|bad k 2 02 2|bad k 3 03 3');
    await streams.close();
  });

  it('bring back each part that failed by itself', async () => {
    const service = new Service();
    const builder = new StreamsBuilder();
    builder.stream('in', text).flatMapValues((value) => value.split(' ')).enrich(service.call, { name: 'call' }).to('out', text);
    const { log, clock, streams, values, filled } = await open(builder.build());
    await send(log, 'bad1 good bad2');
    await filled('app-in-retry-0', 2);
    await filled('out', 1);
    service.failing = false;
    clock.advance(MINUTE);
    await filled('out', 3);
    expect(await values('out')).to.deep.equal(['good', 'bad1', 'bad2']);
    await streams.close();
  });

  it('let no record in behind an enrich that an older epoch has not left', async () => {
    const gate = new CallGate();
    let failing = true;
    const builder = new StreamsBuilder();
    builder.stream('in', text).enrich(gate.call, { name: 'call' })
      .mapValues((value) => { if (failing && value === 'bad') throw busy(); return value; }, { name: 'flaky' })
      .groupByKey().aggregate<string>(() => '', (_key, value, all) => `${all}|${value}`, { name: 'all', ...text }).toStream().to('out', text);
    const { log, clock, streams, values, filled, settle } = await open(builder.build(), { epoch: { maxRecords: 1 } });
    await send(log, 'bad');
    await gate.finish('bad');
    await filled('app-in-retry-0', 1);
    failing = false;
    await send(log, 'older');
    await gate.of('older');
    clock.advance(MINUTE);
    await settle();
    expect(streams.metrics().tasks[0]?.nodes['flaky']?.processed).to.equal(1);
    await gate.finish('older');
    await filled('out', 2);
    expect(await values('out')).to.deep.equal(['|older', '|older|bad']);
    await streams.close();
  });

  class Money {
    readonly amount: number;
    constructor(amount: number) { this.amount = amount; }
    twice(): number { return 2 * this.amount; }
  }
  const money: Serde<Money> = { name: 'money', serialize: ({ amount }) => Buffer.from(String(amount)), deserialize: (bytes) => new Money(Number(bytes)) };

  it('bring a value of a class back as its source decodes it, at the node that failed', async () => {
    const seen: string[] = [];
    let failing = true;
    const builder = new StreamsBuilder();
    builder.stream('in', { key: stringSerde, value: money }).peek((value) => { seen.push(`peek ${value.amount}`); })
      .enrich(async (value) => { seen.push(`call ${value.twice()}`); if (failing) throw busy(); return String(value.twice()); }, { name: 'call' }).to('out', text);
    const { log, clock, streams, filled } = await open(builder.build());
    await send(log, '21');
    await filled('app-in-retry-0', 1);
    failing = false;
    clock.advance(MINUTE);
    await filled('out', 1);
    expect(seen).to.deep.equal(['peek 21', 'call 42', 'call 42']);
    await streams.close();
  });

  it('bring a record back at its source where what the node was given cannot be kept: once, whatever part of it failed', async () => {
    let failing = true;
    const builder = new StreamsBuilder();
    builder.stream('in', text).flatMapValues((value) => value.split(' ').map((part) => new Money(Number(part))))
      .enrich(async (value) => { if (failing) throw busy(); return String(value.twice()); }, { name: 'call' }).to('out', text);
    const { log, clock, streams, values, filled } = await open(builder.build());
    await send(log, '1 2');
    await until(() => streams.metrics().tasks[0]?.nodes['call']?.delayedRetries === 2);
    failing = false;
    clock.advance(MINUTE);
    await filled('out', 2);
    expect(await log.endOffsets('app-in-retry-0')).to.deep.equal([1]);
    expect(await values('out')).to.deep.equal(['2', '4']);
    await streams.close();
  });

  it('withdraw the marks of what they take, and recover waits for the final failure', async () => {
    const service = new Service();
    const builder = new StreamsBuilder();
    builder.stream('in', text).deduplicate({ name: 'once', by: (value) => value, ttlMs: 86_400_000 })
      .enrich(service.call, { name: 'call', recover: (_error, value) => `recovered ${value}` }).to('out', text);
    const { log, clock, streams, values, letters, filled } = await open(builder.build());
    await send(log, 'bad');
    await filled('app-in-retry-0', 1);
    clock.advance(MINUTE);
    await filled('app-in-retry-1', 1);
    expect(await values('out')).to.deep.equal([]);
    clock.advance(TEN_MINUTES);
    await filled('app-dead-letters', 1);
    await filled('out', 1);
    expect(await values('out')).to.deep.equal(['recovered bad']);
    // Through the retry topic that the letter names: at the node that failed, and at once.
    service.failing = false;
    const [letter] = await letters();
    await log.produce([retryRecordOf(letter!, { nowMs: clock.nowMs() })]);
    await filled('out', 2);
    // Through its own topic: its id was seen, and its mark withdrawn.
    const resubmitted = retryRecordOf(letter!, { retryTopic: null });
    expect(resubmitted).to.deep.include({ topic: 'in', partition: 0, headers: {} });
    await log.produce([resubmitted]);
    await filled('out', 3);
    expect(await values('out')).to.deep.equal(['recovered bad', 'bad', 'bad']);
    await streams.close();
  });

  it('wait for their time over a restart, and hold up neither a stop nor the commits of others', async () => {
    const service = new Service();
    const first = await open(calling(service));
    await send(first.log, 'bad', 'a');
    await first.filled('app-in-retry-0', 1);
    await send(first.log, 'b');
    await first.filled('out', 2);
    expect(await first.streams.close()).to.equal(true);
    service.failing = false;
    const second = await open(calling(service), {}, first.log, first.clock);
    await second.settle();
    expect(await second.values('out')).to.deep.equal(['a', 'b']);
    second.clock.advance(MINUTE);
    await second.filled('out', 3);
    expect(await second.values('out')).to.deep.equal(['a', 'b', 'bad']);
    await second.streams.close();
  });

  it('a handler may send any failure there', async () => {
    let failing = true;
    const builder = new StreamsBuilder();
    builder.stream('in', { key: stringSerde, value: jsonSerde<string>() }).mapValues((value) => { if (failing) throw new Error('no'); return value; }).to('out', text);
    const { log, clock, streams, values, filled } = await open(builder.build(), { onProcessingError: (_error, { attempt }) => (attempt < 1 ? 'retry' : 'dead-letter'), onDeserializationError: 'retry' });
    await send(log, '"once"', '{');
    await filled('app-in-retry-0', 2);
    failing = false;
    clock.advance(MINUTE);
    await filled('out', 1);
    await filled('app-in-retry-1', 1);
    expect(await values('out')).to.deep.equal(['once']);
    await streams.close();
  });

  it('give up a record whose node and topic are gone', async () => {
    const service = new Service();
    const first = await open(calling(service));
    await send(first.log, 'bad');
    await first.filled('app-in-retry-0', 1);
    await first.streams.close();
    await first.log.ensureTopics([{ topic: 'other', partitions: 1 }]);
    const builder = new StreamsBuilder();
    builder.stream('other', { ...text, name: 'in' }).to('out', text);
    const second = await open(builder.build(), {}, first.log, first.clock);
    second.clock.advance(MINUTE);
    await second.filled('app-dead-letters', 1);
    expect(errorHeader((await second.letters())[0]!, 'code')).to.equal('MILL_TOPIC_MISMATCH');
    await second.streams.close();
  });
});

for (const { name, open: openLog } of drivers) {
  describe(`Retry topics on the ${name} log`, () => {
    it('bring every record through, once, in the end, whatever faults strike', async () => {
      const driver = await openLog();
      const random = new Random(7);
      let struck = 0;
      const faulty = new FaultyLogDriver(driver, (point) => {
        if ((point !== 'before-commit' && point !== 'after-commit') || !random.chance(0.1)) return null;
        struck++;
        return fault(random.chance(0.5) ? 'MILL_COMMIT_INDEFINITE' : 'MILL_FENCED');
      });
      await driver.ensureTopics(['in', 'out'].map((topic) => ({ topic, partitions: 2 })));
      const failures = new Map<string, number>();
      const builder = new StreamsBuilder();
      builder.stream('in', text).deduplicate({ name: 'once', by: (value) => value, ttlMs: 86_400_000 }).enrich(async (value) => {
        const failed = failures.get(value) ?? 0;
        failures.set(value, failed + 1);
        if (failed < Number(value) % 3) throw busy();
        return value;
      }, { name: 'call', ordering: 'none' }).groupByKey().count({ name: 'count', ...counts }).toStream().to('out', counts);
      const streams = new Streams(builder.build(), { applicationId: 'app', driver: faulty, retryTopics: { delaysMs: [5, 10] }, epoch: { maxRecords: 10 }, reopenBackoffMs: 1, maxReopenBackoffMs: 5 });
      await streams.start();
      await writeValues(driver, 'in', Array.from({ length: 200 }, (_, index) => [`k${index % 20}`, String(index)] as const), stringSerde);
      await streams.whenIdle();
      const written = await readAll(driver, 'out');
      for (let key = 0; key < 20; key++) {
        const ofKey = written.filter((record) => record.key?.toString() === `k${key}`);
        expect(ofKey.map(({ value }) => counts.value.deserialize(value!))).to.deep.equal([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
      }
      expect(await readAll(driver, 'app-dead-letters')).to.deep.equal([]);
      expect(struck).to.be.greaterThan(0);
      expect((await driver.endOffsets('app-in-retry-1')).reduce((sum, end) => sum + end, 0)).to.be.greaterThan(0);
      await streams.close();
      await driver.close();
    });
  });
}

describe('retryRecordOf', () => {
  const letter = (headers: Record<string, string>): LogRecord => ({
    topic: 'dlq', partition: 0, offset: 3, timestampMs: 5, key: Buffer.from('k'), value: Buffer.from('v'),
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, Buffer.from(value)])),
  });

  it('takes off what was put on, and sends to the topic and partition that the record came from', () => {
    const record = retryRecordOf(letter({ own: '1', '__streams.errors.topic': 'in', '__streams.errors.partition': '2', '__streams.errors.offset': '9', '__streams.errors.message': 'm' }));
    expect(record).to.deep.equal({ topic: 'in', partition: 2, timestampMs: 5, key: Buffer.from('k'), value: Buffer.from('v'), headers: { own: Buffer.from('1') } });
  });

  it('refuses what is no dead letter, or has lost its value', () => {
    expect(() => retryRecordOf(letter({}))).to.throw().with.property('code', 'MILL_CONFIG_INVALID');
    expect(() => retryRecordOf(letter({ '__streams.errors.topic': 'in', '__streams.errors.truncated': 'value' }))).to.throw().with.property('code', 'MILL_RECORD_TOO_LARGE');
  });
});
