import { expect } from 'chai';
import { MillraceError } from '../../connectors/ports/index.ts';
import { MemoryLogDriver, Streams, StreamsBuilder, TopologyTestDriver, bytesSerde, jsonSerde, stringSerde } from '../../topology/index.ts';
import type { StreamsOptions } from '../../topology/index.ts';
import { CallGate } from './support/gate.ts';
import { until } from './support/until.ts';

const text = { key: stringSerde, value: stringSerde };
const json = { key: stringSerde, value: jsonSerde<{ n: number }>() };

const failing = (message: string): never => { throw new Error(message); };

describe('Dead letters', () => {
  it('have the raw record, its own headers, and what went wrong as in KIP-1034', async () => {
    const builder = new StreamsBuilder();
    builder.stream('in', json).selectKey(() => 'another').mapValues(({ n }) => (n === 2 ? failing('two is too many') : { n: n + 1 }), { name: 'add' }).to('out', json);
    const driver = new TopologyTestDriver(builder.build(), { startMs: 5000 });
    driver.input('in', 'k1', { n: 1 });
    driver.input('in', 'k2', { n: 2 }, 777, { trace: Buffer.from('t') });
    driver.input('in', 'k3', { n: 3 });
    await driver.drain();
    expect(driver.output('out').map(({ value }) => value)).to.deep.equal([{ n: 2 }, { n: 4 }]);
    const [letter, ...others] = driver.deadLetters();
    expect(others).to.deep.equal([]);
    expect(letter).to.deep.include({ key: Buffer.from('k2'), value: Buffer.from('{"n":2}') });
    expect(letter?.headers['trace']).to.deep.equal(Buffer.from('t'));
    const { stacktrace, ...errors } = letter?.errors ?? {};
    expect(errors).to.deep.equal({ exception: 'Error', message: 'two is too many', topic: 'in', partition: '0', offset: '1', code: 'MILL_PROCESSOR_FAILED', node: 'add', at: '5000' });
    expect(stacktrace).to.include('dead-letters.test.ts');
    await driver.close();
  });

  it('are written for what cannot be decoded, in the key or in the value', async () => {
    const builder = new StreamsBuilder();
    builder.stream('in', json).to('out', json);
    const driver = new TopologyTestDriver(builder.build());
    driver.inputBytes('in', Buffer.from('k'), Buffer.from('{'));
    driver.inputBytes('in', Buffer.of(0xff), Buffer.from('{}'));
    driver.input('in', 'good', { n: 1 });
    await driver.drain();
    expect(driver.output('out').map(({ key }) => key)).to.deep.equal(['good']);
    expect(driver.deadLetters().map(({ errors }) => `${errors['node'] ?? ''} ${errors['code'] ?? ''}`)).to.deep.equal(Array(2).fill('in-source MILL_DESERIALIZATION'));
    expect(driver.metrics().tasks[0]?.nodes['in-source']).to.include({ processed: 3, deadLettered: 2 });
    await driver.close();
  });

  it('are written for what a sink cannot encode', async () => {
    const builder = new StreamsBuilder();
    builder.stream('in', text).mapValues((): unknown => () => undefined).to('out', { key: stringSerde, value: jsonSerde<unknown>(), name: 'sink' });
    const driver = new TopologyTestDriver(builder.build());
    driver.input('in', 'k', 'v');
    await driver.drain();
    expect(driver.deadLetters()[0]?.errors).to.include({ code: 'MILL_SERIALIZATION', node: 'sink' });
    await driver.close();
  });

  it('are one a record and node, though it failed there in many parts', async () => {
    const builder = new StreamsBuilder();
    builder.stream('in', text).flatMapValues((value) => value.split('')).mapValues((letter) => (letter === 'x' ? failing('x') : letter), { name: 'letters' }).to('out', text);
    const driver = new TopologyTestDriver(builder.build());
    driver.input('in', 'k', 'axbx');
    await driver.drain();
    expect(driver.output('out').map(({ value }) => value)).to.deep.equal(['a', 'b']);
    expect(driver.deadLetters()).to.have.length(1);
    expect(driver.metrics().tasks[0]?.nodes['letters']).to.include({ processed: 4, deadLettered: 2 });
    await driver.close();
  });

  it('are not written again when the dead-letter topic itself is processed and fails', async () => {
    const builder = new StreamsBuilder();
    const bytes = { key: bytesSerde, value: bytesSerde };
    builder.stream('in', text).mapValues((): string => failing('always')).to('out', text);
    builder.stream('dlq', { ...bytes, name: 'letters' }).mapValues(() => failing('again'), { name: 'index' });
    const driver = new TopologyTestDriver(builder.build(), { deadLetterTopic: 'dlq' });
    driver.input('in', 'k', 'v');
    await driver.drain();
    expect(driver.deadLetters()).to.have.length(1);
    expect(driver.metrics().tasks.find(({ task }) => task.subtopology === 'letters')?.nodes['index']).to.include({ deadLettered: 1, deadLettersDropped: 1 });
    await driver.close();
  });

  it('what a processor forwarded before it failed does not go on', async () => {
    const builder = new StreamsBuilder();
    builder.stream('in', text).process<string, string>(() => ({
      async process(record, context) {
        context.forward(record);
        if (record.value === 'bad') throw new Error('too late');
      },
    }), { name: 'half' }).to('out', text);
    const driver = new TopologyTestDriver(builder.build());
    for (const value of ['a', 'bad', 'b']) driver.input('in', 'k', value);
    await driver.drain();
    expect(driver.output('out').map(({ value }) => value)).to.deep.equal(['a', 'b']);
    expect(driver.deadLetters()).to.have.length(1);
    await driver.close();
  });

  it('stop Streams instead, where the handler says so, and nothing of the epoch is committed', async () => {
    const start = async (options: Partial<StreamsOptions>): Promise<string> => {
      const log = new MemoryLogDriver();
      await log.ensureTopics([{ topic: 'in', partitions: 1 }, { topic: 'out', partitions: 1 }]);
      const builder = new StreamsBuilder();
      builder.stream('in', json).filter(({ n }) => (n < 0 ? failing('negative') : true)).to('out', json);
      const streams = new Streams(builder.build(), { applicationId: 'app', driver: log, lingerMs: 1000, ...options });
      await streams.start();
      const failed = new Promise<void>((resolve) => { streams.onStateChange((state) => { if (state === 'ERROR') resolve(); }); });
      for (const value of ['{"n":1}', options.onProcessingError === 'fail' ? '{"n":-1}' : '{']) {
        log.append({ topic: 'in', key: null, value: Buffer.from(value), timestampMs: 0, headers: {} });
      }
      await failed;
      await streams.close();
      expect(await log.endOffsets('out')).to.deep.equal([0]);
      expect(await log.endOffsets('app-dead-letters')).to.deep.equal([0]);
      expect(await log.committedPositions('app-in')).to.deep.equal(new Map());
      return streams.error instanceof MillraceError ? streams.error.code : 'none';
    };
    expect(await start({ onDeserializationError: 'fail' })).to.equal('MILL_DESERIALIZATION');
    expect(await start({ onProcessingError: 'fail' })).to.equal('MILL_PROCESSOR_FAILED');
  });
});

describe('deduplicate', () => {
  const topology = (call: CallGate['call']): TopologyTestDriver => {
    const builder = new StreamsBuilder();
    builder.stream('in', text).deduplicate({ name: 'once', by: (value) => value, ttlMs: 10_000 }).enrich(call, { name: 'call' }).to('out', text);
    return new TopologyTestDriver(builder.build());
  };

  it('drops repeats within a batch and across commits, until the mark has lived its time', async () => {
    const driver = topology(async (value) => value);
    for (const value of ['a', 'b', 'a']) driver.input('in', 'k', value);
    await driver.drain();
    driver.input('in', 'k', 'b');
    await driver.drain();
    expect(driver.output('out').map(({ value }) => value)).to.deep.equal(['a', 'b']);
    expect(driver.metrics().tasks[0]?.nodes['once']?.dropped).to.equal(2);
    await driver.advanceWallClock(10_000);
    driver.input('in', 'k', 'b');
    await driver.drain();
    expect(driver.output('out').map(({ value }) => value)).to.deep.equal(['b']);
    await driver.close();
  });

  it('takes the mark of a dead-lettered record back in the same commit, so that it passes when it is sent again', async () => {
    let broken = true;
    const driver = topology(async (value) => (broken ? failing('down') : value));
    driver.input('in', 'k', 'a');
    await driver.drain();
    expect(driver.deadLetters()).to.have.length(1);
    expect(driver.metrics().tasks[0]).to.include({ commits: 1 });
    expect(await driver.store<string, Buffer>('once-marks').get('a')).to.equal(undefined);
    broken = false;
    driver.input('in', 'k', 'a');
    driver.input('in', 'k', 'a');
    await driver.drain();
    expect(driver.output('out').map(({ value }) => value)).to.deep.equal(['a']);
    await driver.close();
  });

  it('drops a repeat while the first is on its way, even if the first then fails', async () => {
    const gate = new CallGate();
    const driver = topology(gate.call);
    driver.input('in', 'k', 'a');
    const drained = driver.drain();
    await gate.of('a');
    driver.input('in', 'k', 'a');
    await until(() => driver.metrics().tasks[0]?.nodes['once']?.dropped === 1);
    await gate.finish('a', new Error('no'));
    await drained;
    expect(gate.started).to.equal(1);
    expect(driver.deadLetters()).to.have.length(1);
    await driver.close();
  });

  it('takes back only the marks of the part that failed, where a record was cut up before', async () => {
    const builder = new StreamsBuilder();
    builder.stream('in', text)
      .flatMapValues((value) => value.split(' '))
      .deduplicate({ name: 'once', by: (value) => value, ttlMs: 10_000 })
      .mapValues((value) => (value === 'bad' ? failing('bad') : value))
      .to('out', text);
    const driver = new TopologyTestDriver(builder.build());
    driver.input('in', 'k', 'good bad');
    driver.input('in', 'k', 'good bad');
    await driver.drain();
    expect(driver.output('out').map(({ value }) => value)).to.deep.equal(['good']);
    const marks = driver.store<string, Buffer>('once-marks');
    expect((await marks.getMany(['good', 'bad'])).map((mark) => mark !== undefined)).to.deep.equal([true, false]);
    await driver.close();
  });

  it('lets records without an id through, every time', async () => {
    const builder = new StreamsBuilder();
    builder.streamWithTombstones('in', text).deduplicate({ name: 'once', by: (value) => value, ttlMs: 10_000 }).to('out', text);
    const driver = new TopologyTestDriver(builder.build());
    for (const value of ['a', null, 'b', null, 'a', 'b']) driver.input('in', 'k', value);
    await driver.drain();
    expect(driver.output('out').map(({ value }) => value)).to.deep.equal(['a', null, 'b', null]);
    await driver.close();
  });

  it('dead-letters a record whose id is no string', async () => {
    const builder = new StreamsBuilder();
    builder.stream('in', text).deduplicate({ name: 'once', by: () => 7 as unknown as string, ttlMs: 1 }).to('out', text);
    const driver = new TopologyTestDriver(builder.build());
    driver.input('in', 'k', 'v');
    await driver.drain();
    expect(driver.deadLetters()[0]?.errors).to.include({ node: 'once', code: 'MILL_PROCESSOR_FAILED' });
    await driver.close();
  });
});
