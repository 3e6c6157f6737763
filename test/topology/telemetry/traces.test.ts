import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { AlwaysOffSampler } from '@opentelemetry/sdk-trace-base';
import { expect } from 'chai';
import { MillraceError } from '../../../connectors/ports/index.ts';
import type { RecordHeaders } from '../../../connectors/ports/index.ts';
import { StreamsBuilder, TopologyTestDriver, stringSerde } from '../../../topology/index.ts';
import type { EnrichContext, EnrichOptions, Topology } from '../../../topology/index.ts';
import { collectTraces, idOf, linked, parentOf, traceIdOf, traceparentOf } from './sdk.ts';
import type { TracesInMemory } from './sdk.ts';

const text = { key: stringSerde, value: stringSerde };
const TRACE = '0af7651916cd43dd8448eb211c80319c';
const traceparent = (spanId: string, traceId = TRACE): RecordHeaders => ({ traceparent: Buffer.from(`00-${traceId}-${spanId}-01`) });
const textOf = (headers: RecordHeaders): Record<string, string> => Object.fromEntries(Object.entries(headers).map(([name, bytes]) => [name, bytes.toString()]));

function passing(): Topology {
  const builder = new StreamsBuilder();
  builder.stream('in', text).mapValues((value) => value).to('out', text);
  return builder.build();
}

function enriching(call: (value: string, key: string, context: EnrichContext) => Promise<string>, options: Omit<EnrichOptions<string, string, string>, 'name'> = {}): Topology {
  const builder = new StreamsBuilder();
  builder.stream('in', text).enrich(call, { name: 'look', ...options }).to('out', text);
  return builder.build();
}

/** Enriched, repartitioned, and processed. */
function threeStages(): Topology {
  const builder = new StreamsBuilder();
  builder.stream('in', text)
    .enrich(async (value) => value.toUpperCase(), { name: 'look' })
    .repartition({ name: 'again', ...text })
    .process<string, string>(() => ({ process: (record, context) => { context.forward({ key: record.key, value: record.value }); } }), { name: 'mark' })
    .to('out', text);
  return builder.build();
}

/** What a processor that sets `headers` on its output does to the trace of its record. */
async function forwardedWith(headers: RecordHeaders, from: RecordHeaders): Promise<Record<string, string>> {
  const builder = new StreamsBuilder();
  builder.stream('in', text).process<string, string>(() => ({ process: ({ key, value }, context) => { context.forward({ key, value, headers }); } }), { name: 'p' }).to('out', text);
  const driver = new TopologyTestDriver(builder.build());
  driver.input('in', 'k', 'v', 0, from);
  await driver.drain();
  const [output] = driver.output('out');
  await driver.close();
  return textOf(output?.headers ?? {});
}

describe('Traces', () => {
  let traces: TracesInMemory | null = null;
  const collected = (sampler?: AlwaysOffSampler): TracesInMemory => {
    traces = collectTraces(sampler);
    return traces;
  };
  afterEach(async () => {
    await traces?.close();
    traces = null;
  });

  it('follow a record through a call, a repartition topic and a processor, to the headers of its output', async () => {
    const { span } = collected();
    const driver = new TopologyTestDriver(threeStages());
    driver.input('in', 'k', 'v', 0, { ...traceparent('b7ad6b7169203331'), tracestate: Buffer.from('vendor=1'), own: Buffer.from('x') });
    await driver.drain();
    const path = [span('process in'), span('enrich look'), span('process test-again-repartition'), span('processor mark')];
    expect(path.map(traceIdOf)).to.deep.equal(Array(4).fill(TRACE));
    expect(path.map(parentOf)).to.deep.equal(['b7ad6b7169203331', ...path.slice(0, 3).map(idOf)]);
    expect(textOf(driver.output('out')[0]?.headers ?? {})).to.deep.equal({ traceparent: traceparentOf(path[3]!), tracestate: 'vendor=1', own: 'x' });
    await driver.close();
  });

  it('say what is processed where, as the messaging conventions do', async () => {
    const { span } = collected();
    const driver = new TopologyTestDriver(passing());
    driver.input('in', 'k', '1');
    driver.input('in', 'k', '2');
    await driver.drain();
    const batch = span('process in');
    expect(batch.kind).to.equal(SpanKind.CONSUMER);
    expect(batch.attributes).to.deep.equal({
      'millrace.application.id': 'test',
      'millrace.subtopology': 'in',
      'millrace.partition': 0,
      'messaging.system': 'millrace',
      'messaging.operation.name': 'process',
      'messaging.operation.type': 'process',
      'messaging.consumer.group.name': 'test-in',
      'messaging.batch.message_count': 2,
      'messaging.destination.partition.id': '0',
      'messaging.destination.name': 'in',
      'messaging.kafka.offset': 0,
    });
    const commit = span('commit');
    expect(commit.attributes).to.include({ 'messaging.batch.message_count': 2, 'millrace.commit.outputs': 2, 'millrace.processing.guarantee': 'exactly_once' });
    expect(linked(commit)).to.deep.equal([idOf(batch)]);
    await driver.close();
  });

  it('of a batch link to those of its records, which stay in their own; one without a trace starts with the batch', async () => {
    const { span } = collected();
    const driver = new TopologyTestDriver(passing());
    const first = traceparent('1111111111111111', 'a'.repeat(32));
    const second = traceparent('2222222222222222', 'b'.repeat(32));
    for (const headers of [first, second, {}, { traceparent: Buffer.from('nonsense') }]) driver.input('in', 'k', 'v', 0, headers);
    await driver.drain();
    const batch = span('process in');
    expect(linked(batch)).to.deep.equal(['1111111111111111', '2222222222222222']);
    expect(batch.parentSpanContext).to.equal(undefined);
    expect(driver.output('out').map(({ headers }) => textOf(headers))).to.deep.equal([textOf(first), textOf(second), { traceparent: traceparentOf(batch) }, { traceparent: 'nonsense' }]);
    await driver.close();
  });

  it('link to no more than 64', async () => {
    const { span } = collected();
    const driver = new TopologyTestDriver(passing());
    for (let index = 1; index <= 100; index++) driver.input('in', 'k', 'v', 0, traceparent(index.toString(16).padStart(16, '0')));
    await driver.drain();
    expect(span('process in').links).to.have.lengthOf(64);
    await driver.close();
  });

  it('have one span a call, in the trace of its record, which is the active one inside', async () => {
    const { spans, span } = collected();
    const active: (string | undefined)[] = [];
    const driver = new TopologyTestDriver(enriching(async (value) => {
      await Promise.resolve();
      active.push(trace.getActiveSpan()?.spanContext().spanId);
      return value;
    }));
    driver.input('in', 'k', '1', 0, traceparent('1111111111111111', 'a'.repeat(32)));
    driver.input('in', 'k', '2', 0, traceparent('2222222222222222', 'b'.repeat(32)));
    driver.input('in', 'k', '3');
    await driver.drain();
    const calls = spans().filter(({ name }) => name === 'enrich look');
    expect(calls.map(parentOf)).to.deep.equal(['1111111111111111', '2222222222222222', idOf(span('process in'))]);
    expect(active).to.deep.equal(calls.map(idOf));
    expect(driver.output('out').map(({ headers }) => textOf(headers)['traceparent'])).to.deep.equal(calls.map(traceparentOf));
    await driver.close();
  });

  it('tell of retries and of the failure', async () => {
    const { span } = collected();
    const driver = new TopologyTestDriver(enriching(() => Promise.reject(new MillraceError('MILL_INFERENCE_WORKER_LOST', 'gone')), { retry: { attempts: 3 } }));
    driver.input('in', 'k', 'v');
    await driver.drain();
    const call = span('enrich look');
    expect(call.events.map(({ name }) => name)).to.deep.equal(['retry', 'retry', 'exception']);
    expect(call.status).to.deep.equal({ code: SpanStatusCode.ERROR, message: 'gone' });
    expect(call.attributes['error.type']).to.equal('MILL_INFERENCE_WORKER_LOST');
    await driver.close();
  });

  it('tell which batch failed the task', async () => {
    const { span } = collected();
    const builder = new StreamsBuilder();
    builder.stream('in', text).mapValues((): string => { throw new MillraceError('MILL_STATE_CORRUPT', 'damaged'); }).to('out', text);
    const driver = new TopologyTestDriver(builder.build());
    driver.input('in', 'k', 'v');
    let failure: unknown;
    await driver.drain().catch((error: unknown) => { failure = error; });
    expect(failure).to.include({ code: 'MILL_STATE_CORRUPT' });
    expect(span('process in').status.code).to.equal(SpanStatusCode.ERROR);
    await driver.close();
  });

  it('leave records as they are when nobody samples', async () => {
    const { spans } = collected(new AlwaysOffSampler());
    const driver = new TopologyTestDriver(threeStages());
    driver.input('in', 'k', 'v', 0, traceparent('b7ad6b7169203331'));
    driver.input('in', 'k', 'v');
    await driver.drain();
    expect(spans()).to.deep.equal([]);
    expect(driver.output('out').map(({ headers }) => textOf(headers))).to.deep.equal([textOf(traceparent('b7ad6b7169203331')), {}]);
    await driver.close();
  });

  it('go through unchanged without an SDK, and start nowhere', async () => {
    const driver = new TopologyTestDriver(threeStages());
    driver.input('in', 'k', 'v', 0, traceparent('b7ad6b7169203331'));
    driver.input('in', 'k', 'v');
    await driver.drain();
    expect(driver.output('out').map(({ headers }) => textOf(headers))).to.deep.equal([textOf(traceparent('b7ad6b7169203331')), {}]);
    await driver.close();
  });

  it('go on when a processor sets headers of its own, unless those name another', async () => {
    const from = { ...traceparent('1111111111111111'), tracestate: Buffer.from('vendor=1') };
    const other = traceparent('3333333333333333', 'c'.repeat(32));
    expect(await forwardedWith({ own: Buffer.from('x') }, from)).to.deep.equal({ own: 'x', ...textOf(from) });
    expect(await forwardedWith(other, from)).to.deep.equal(textOf(other));
    const { span } = collected();
    const [kept, replaced] = [await forwardedWith({ own: Buffer.from('x') }, from), await forwardedWith(other, {})];
    expect(kept['traceparent']).to.match(new RegExp(`^00-${TRACE}-`)).and.not.include('1111111111111111');
    expect(replaced).to.deep.equal(textOf(other));
    expect(() => span('processor p')).to.throw('2 spans');
  });
});
