import { expect } from 'chai';
import { MillraceError } from '../../connectors/ports/index.ts';
import { MemoryLogDriver, Streams, StreamsBuilder, TopologyTestDriver, keyValueStore, stringSerde } from '../../topology/index.ts';
import type { KStream, KeyValueStore, ProcessorSupplier } from '../../topology/index.ts';
import { SOURCES, planSubtopology } from '../../topology/runtime/plan.ts';

const text = { key: stringSerde, value: stringSerde };
type Stream = KStream<string, string>;

const pass: ProcessorSupplier<string, string, string, string> = () => ({ process(record, context) { context.forward(record); } });
const call = (stream: Stream, name: string): Stream => stream.enrich(async (value) => value, { name });
const use = (stream: Stream, name: string, store: string): Stream => stream.process(pass, { name, stores: [store] });

/** The gates of `in -> build`, by name, with `sources` for all sources. */
function gatesOf(stores: readonly string[], build: (stream: Stream) => void): Record<string, string[]> {
  const builder = new StreamsBuilder();
  for (const name of stores) builder.addStateStore(keyValueStore({ name, ...text }));
  build(builder.stream('in', text));
  const topology = builder.build();
  const [subtopology] = topology.subtopologies;
  if (subtopology === undefined) throw new Error('no sub-topology');
  const nameOf = (index: number): string => subtopology.nodes[index]?.name ?? '';
  const { gates } = planSubtopology(topology, subtopology, 'app');
  return Object.fromEntries([...gates].map(([entry, gate]) => [entry === SOURCES ? 'sources' : nameOf(entry), gate.map(nameOf).sort()]));
}

describe('Gates between epochs', () => {
  it('let epochs overlap where each store lies behind one chain of calls', () => {
    expect(gatesOf(['before', 'after'], (stream) => { use(call(use(stream, 'p', 'before'), 'a'), 'q', 'after'); })).to.deep.equal({ sources: [], a: ['a'] });
    expect(gatesOf([], (stream) => { call(call(stream, 'a'), 'b'); })).to.deep.equal({ sources: [], a: ['a'], b: ['a', 'b'] });
  });

  it('hold the sources back when a store is used on both sides of a call', () => {
    expect(gatesOf(['s'], (stream) => { use(call(use(stream, 'p', 's'), 'a'), 'q', 's'); })).to.deep.equal({ sources: ['a'], a: ['a'] });
  });

  it('hold the sources back when some records reach a store beside the call', () => {
    expect(gatesOf(['s'], (stream) => { use(call(stream, 'a').merge(stream), 'q', 's'); })).to.deep.equal({ sources: ['a'], a: ['a'] });
  });

  it('make calls that meet at a store wait for each other', () => {
    expect(gatesOf(['s'], (stream) => { use(call(stream, 'a').merge(call(stream, 'b')), 'q', 's'); })).to.deep.equal({ sources: [], a: ['a', 'b'], b: ['a', 'b'] });
  });
});

describe('A store on both sides of a call', () => {
  it('is read and written record by record, epoch by epoch', async () => {
    const builder = new StreamsBuilder();
    builder.addStateStore(keyValueStore({ name: 'revisions', ...text }));
    const bump: ProcessorSupplier<string, string, string, string> = () => ({
      async process({ key, value }, context) {
        const store = context.store<KeyValueStore<string, string>>('revisions');
        const next = String(Number((await store.get(key)) ?? '0') + 1);
        store.put(key, next);
        context.forward({ key, value: `${value}${next}` });
      },
    });
    builder.stream('in', text).process(bump, { name: 'first', stores: ['revisions'] })
      .enrich(async (value) => value, { name: 'call', ordering: 'none' })
      .process(bump, { name: 'second', stores: ['revisions'] }).to('out', text);
    const driver = new TopologyTestDriver(builder.build());
    const rounds = 30;
    for (let round = 0; round < rounds; round++) {
      driver.input('in', 'k', 'v');
      if (round % 3 === 0) await driver.drain();
    }
    await driver.drain();
    const final = await driver.store<string, string>('revisions').get('k');
    expect(final).to.equal(String(2 * rounds));
    expect(driver.output('out')).to.have.length(rounds);
    await driver.close();
  });
});

describe('A processor', () => {
  it('that cannot be created stops Streams with its error', async () => {
    const log = new MemoryLogDriver();
    await log.ensureTopics([{ topic: 'in', partitions: 1 }]);
    const builder = new StreamsBuilder();
    builder.stream('in', text).process<string, string>(() => { throw new Error('no such model'); }, { name: 'p' });
    const streams = new Streams(builder.build(), { applicationId: 'app', driver: log });
    const failed = await streams.start().then(() => null, (error: unknown) => error);
    expect(failed).to.be.instanceOf(MillraceError).with.property('message', 'no such model');
    expect(streams.state).to.equal('ERROR');
    await streams.close();
  });

  it('reaches the stores that it was attached to, and no others', async () => {
    const builder = new StreamsBuilder();
    builder.addStateStore(keyValueStore({ name: 'mine', ...text })).addStateStore(keyValueStore({ name: 'theirs', ...text }));
    const stream = builder.stream('in', text);
    use(stream, 'other', 'theirs');
    stream.process<string, string>(() => ({ process(_record, context) { context.store('theirs'); } }), { name: 'p', stores: ['mine'] });
    const driver = new TopologyTestDriver(builder.build());
    driver.input('in', 'k', 'v');
    await driver.drain();
    expect(driver.deadLetters()[0]?.errors['message']).to.match(/p is not attached to store theirs/);
    await driver.close();
  });

  it('is initialised and closed with its task', async () => {
    const seen: string[] = [];
    const builder = new StreamsBuilder();
    builder.stream('in', text).process<string, string>(() => ({
      init: ({ taskId, applicationId }) => { seen.push(`init ${applicationId} ${taskId.subtopology}/${taskId.partition}`); },
      process: ({ value }) => { seen.push(value); },
      close: () => { seen.push('close'); },
    }), { name: 'p' });
    const driver = new TopologyTestDriver(builder.build());
    driver.input('in', 'k', 'v');
    await driver.drain();
    await driver.close();
    expect(driver.deadLetters()).to.deep.equal([]);
    expect(seen).to.deep.equal(['init test in/0', 'v', 'close']);
  });
});
