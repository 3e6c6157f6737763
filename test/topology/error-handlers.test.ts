import { expect } from 'chai';
import { MillraceError } from '../../connectors/ports/index.ts';
import type { LogRecord } from '../../connectors/ports/index.ts';
import { MemoryLogDriver, Streams, StreamsBuilder, jsonSerde, stringSerde } from '../../topology/index.ts';
import type { ErrorHandlerContext, StreamsOptions, Topology } from '../../topology/index.ts';
import { readAll, readValues, writeValues } from './support/log.ts';
import { until } from './support/until.ts';

const text = { key: stringSerde, value: stringSerde };

/** Of which every topic takes records up to a size. */
class SmallRecordsDriver extends MemoryLogDriver {
  readonly #maxBytes: Readonly<Record<string, number>>;

  constructor(maxBytes: Readonly<Record<string, number>>) {
    super();
    this.#maxBytes = maxBytes;
  }

  override maxRecordBytes(topic: string): number | undefined {
    return this.#maxBytes[topic];
  }
}

const sizeOf = ({ key, value, headers }: LogRecord): number =>
  (key?.length ?? 0) + (value?.length ?? 0) + Object.entries(headers).reduce((sum, [name, bytes]) => sum + name.length + bytes.length, 0);

const header = ({ headers }: LogRecord, name: string): string => headers[`__streams.errors.${name}`]?.toString() ?? '';

function doubling(): Topology {
  const builder = new StreamsBuilder();
  builder.stream('in', { key: stringSerde, value: jsonSerde<string>() })
    .mapValues((value) => { if (value === 'bad') throw new Error('no good'); return value + value; }, { name: 'double' })
    .to('out', { ...text, name: 'sink' });
  return builder.build();
}

async function run(driver: MemoryLogDriver, topology: Topology, values: readonly string[], options: Partial<StreamsOptions> = {}): Promise<Streams> {
  await driver.ensureTopics(['in', 'out'].map((topic) => ({ topic, partitions: 1 })));
  const streams = new Streams(topology, { applicationId: 'app', driver, ...options });
  await streams.start();
  await writeValues(driver, 'in', values.map((value) => ['k', value] as const), stringSerde);
  await streams.whenIdle().catch(() => undefined);
  await streams.close();
  return streams;
}

describe('A record that is too large for its topic', () => {
  const large = 'x'.repeat(60);

  it('is dead-lettered at the sink, and the others go on', async () => {
    const driver = new SmallRecordsDriver({ out: 100 });
    await run(driver, doubling(), ['"a"', `"${large}"`, '"b"']);
    expect(await readValues(driver, 'out', stringSerde)).to.deep.equal(['aa', 'bb']);
    const [letter, ...others] = await readAll(driver, 'app-dead-letters');
    expect(others).to.deep.equal([]);
    expect([header(letter!, 'code'), header(letter!, 'node'), String(letter!.value)]).to.deep.equal(['MILL_RECORD_TOO_LARGE', 'sink', `"${large}"`]);
  });

  it('stops Streams where onProductionError says so', async () => {
    const streams = await run(new SmallRecordsDriver({ out: 100 }), doubling(), [`"${large}"`], { onProductionError: 'fail' });
    expect(streams.error?.code).to.equal('MILL_RECORD_TOO_LARGE');
  });

  it('counts headers, by their names too', async () => {
    const driver = new SmallRecordsDriver({ out: 10 });
    await driver.ensureTopics(['in', 'out'].map((topic) => ({ topic, partitions: 1 })));
    const streams = new Streams(doubling(), { applicationId: 'app', driver });
    await streams.start();
    for (const name of ['abc', 'abcd']) driver.append({ topic: 'in', key: Buffer.from('k'), value: Buffer.from('"12"'), timestampMs: 0, headers: { [name]: Buffer.from('12') } });
    await streams.whenIdle();
    await streams.close();
    expect((await readAll(driver, 'out')).map(({ headers }) => Object.keys(headers))).to.deep.equal([['abc']]);
  });
});

describe('A dead letter', () => {
  const letterWithin = async (maxBytes: number): Promise<LogRecord> => {
    const driver = new SmallRecordsDriver({ 'app-dead-letters': maxBytes });
    const builder = new StreamsBuilder();
    builder.stream('in', text).mapValues((): string => { throw new Error('é'.repeat(3000)); }, { name: 'node' }).to('out', text);
    await run(driver, builder.build(), ['x'.repeat(1000)]);
    const [letter] = await readAll(driver, 'app-dead-letters');
    return letter!;
  };

  it('fits into its topic: stack trace and message give way', async () => {
    const whole = await letterWithin(100_000);
    expect(header(whole, 'message')).to.equal('é'.repeat(3000));
    const trimmed = await letterWithin(2001);
    expect(sizeOf(trimmed)).to.be.within(1995, 2001);
    expect([trimmed.value, header(trimmed, 'stacktrace'), header(trimmed, 'code')]).to.deep.equal([whole.value, '', 'MILL_PROCESSOR_FAILED']);
    expect(header(trimmed, 'message')).to.match(/^é{100,}$/);
  });

  it('says so when there was no room even for the value', async () => {
    const letter = await letterWithin(900);
    expect(sizeOf(letter)).to.be.at.most(900);
    expect([letter.value, header(letter, 'truncated'), header(letter, 'topic'), header(letter, 'offset')]).to.deep.equal([null, 'value', 'in', '0']);
  });
});

describe('An error handler', () => {
  it('may be a function, which is told what failed where', async () => {
    const driver = new MemoryLogDriver();
    const heard: [string, Omit<ErrorHandlerContext, 'headers'>][] = [];
    const streams = await run(driver, doubling(), ['"bad"', '{', '"good"'], {
      onProcessingError: ({ message }, { headers: _headers, ...context }) => { heard.push([message, context]); return 'skip'; },
      onDeserializationError: (error) => (error instanceof MillraceError ? 'dead-letter' : 'fail'),
    });
    expect(heard).to.deep.equal([['no good', { topic: 'in', partition: 0, offset: 0, node: 'double', attempt: 0 }]]);
    expect((await readAll(driver, 'app-dead-letters')).map((letter) => header(letter, 'node'))).to.deep.equal(['in-source']);
    expect(await readValues(driver, 'out', stringSerde)).to.deep.equal(['goodgood']);
    expect(streams.error).to.equal(null);
  });

  it('that says skip has the record counted as dropped', async () => {
    const driver = new MemoryLogDriver();
    await driver.ensureTopics(['in', 'out'].map((topic) => ({ topic, partitions: 1 })));
    const streams = new Streams(doubling(), { applicationId: 'app', driver, onProcessingError: 'skip' });
    await streams.start();
    await writeValues(driver, 'in', [['k', '"bad"']], stringSerde);
    await streams.whenIdle();
    expect(streams.metrics().tasks[0]?.nodes['double']).to.include({ dropped: 1, deadLettered: 0 });
    expect(await driver.endOffsets('app-dead-letters')).to.deep.equal([0]);
    await streams.close();
  });

  it('that throws, or answers with no response, stops Streams', async () => {
    const thrown = new Error('handler');
    const throwing = await run(new MemoryLogDriver(), doubling(), ['"bad"'], { onProcessingError: () => { throw thrown; } });
    expect(throwing.error?.cause).to.equal(thrown);
    const wrong = await run(new MemoryLogDriver(), doubling(), ['"bad"'], { onProcessingError: () => 'continue' as never });
    expect(wrong.error?.message).to.match(/must give one of/);
    expect(() => new Streams(doubling(), { applicationId: 'app', driver: new MemoryLogDriver(), onProductionError: 'continue' as never })).to.throw(/onProductionError/);
  });

  it('that says retry has a dead letter where there are no retry topics', async () => {
    const driver = new MemoryLogDriver();
    await run(driver, doubling(), ['"bad"'], { onProcessingError: 'retry' });
    await until(async () => (await readAll(driver, 'app-dead-letters')).length === 1);
  });
});
