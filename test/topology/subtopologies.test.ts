import { expect } from 'chai';
import { MillraceError } from '../../connectors/ports/index.ts';
import { MemoryLogDriver, Streams, StreamsBuilder, keyValueStore, stringSerde } from '../../topology/index.ts';
import type { KStream } from '../../topology/index.ts';

const text = { key: stringSerde, value: stringSerde };
const nothing = (): { process: () => void } => ({ process: () => undefined });

const cut = (build: (builder: StreamsBuilder) => void): string[] => {
  const builder = new StreamsBuilder();
  build(builder);
  return builder.build().subtopologies.map(({ name, sourceTopics }) => `${name} <- ${sourceTopics.join('+')}`);
};

const invalid = (build: (builder: StreamsBuilder) => void): string => {
  const builder = new StreamsBuilder();
  try {
    build(builder);
    builder.build();
  } catch (error) {
    expect(error).to.be.instanceOf(MillraceError);
    return `${(error as MillraceError).code}: ${(error as MillraceError).message}`;
  }
  return 'accepted';
};

describe('Sub-topologies', () => {
  it('are cut at repartition topics and at topics that are written and read', () => {
    expect(cut((builder) => {
      builder.stream('a', { ...text, name: 'admit' }).repartition({ name: 'by-hash', ...text }).to('b', text);
      builder.stream('b', text).to('c', text);
    })).to.deep.equal(['admit <- a', 'by-hash <- by-hash-repartition', 'b <- b']);
  });

  it('join streams that meet, and streams that share a store', () => {
    expect(cut((builder) => {
      builder.stream('a', text).merge(builder.stream('b', text)).to('out', text);
      builder.addStateStore(keyValueStore({ name: 'shared', ...text }));
      builder.stream('c', text).process(nothing, { name: 'c-side', stores: ['shared'] });
      builder.stream('d', text).process(nothing, { name: 'd-side', stores: ['shared'] });
    })).to.deep.equal(['a <- a+b', 'c <- c+d']);
  });

  it('may read the same topic each, as groups of their own', () => {
    expect(cut((builder) => {
      builder.stream('insights', { ...text, name: 'assemble' }).to('documents', text);
      builder.stream(['insights', 'documents'], { ...text, name: 'index' }).to('out', text);
    })).to.deep.equal(['assemble <- insights', 'index <- insights+documents']);
  });

  it('refuse what cannot run, and say what to do', () => {
    expect(invalid(() => undefined)).to.match(/TOPOLOGY_INVALID.*reads no topic/);
    expect(invalid((builder) => { builder.stream('a', text).filter(() => true, { name: 'x' }).mapValues((value) => value, { name: 'x' }); })).to.match(/Two nodes are named x/);
    expect(invalid((builder) => { builder.stream('a', text).to('b', text); builder.stream('a', text).to('c', text); })).to.match(/Two nodes are named a-source/);
    expect(invalid((builder) => { builder.stream('a', text).merge(builder.stream('a', { ...text, name: 'again' })); })).to.match(/reads a twice/);
    expect(invalid((builder) => { builder.stream('a', text).process(nothing, { name: 'p', stores: ['gone'] }); })).to.match(/wants store gone, which was not added/);
    expect(invalid((builder) => { builder.addStateStore(keyValueStore({ name: 'idle', ...text })).stream('a', text).to('b', text); })).to.match(/Store idle is attached to no processor/);
    expect(invalid((builder) => { builder.stream('a', text).selectKey((value) => value).groupByKey(); })).to.match(/selectKey-1 may have changed the key/);
    expect(invalid((builder) => { builder.stream('a', text).filter(() => true, { name: 'no spaces' }); })).to.match(/is no name/);
    expect(invalid((builder) => { builder.stream('a', text).enrich(async (value) => value, { name: 'e', concurrency: 0 }); })).to.match(/CONFIG_INVALID.*enrich e/);
    const elsewhere: KStream<string, string> = new StreamsBuilder().stream('z', text);
    expect(invalid((builder) => { builder.stream('a', text).merge(elsewhere); })).to.match(/another StreamsBuilder/);
  });
});

describe('Partitions', () => {
  const start = async (topics: Record<string, number>, build: (builder: StreamsBuilder) => void): Promise<MemoryLogDriver> => {
    const driver = new MemoryLogDriver();
    await driver.ensureTopics(Object.entries(topics).map(([topic, partitions]) => ({ topic, partitions })));
    const builder = new StreamsBuilder();
    build(builder);
    const streams = new Streams(builder.build(), { applicationId: 'app', driver });
    try {
      await streams.start();
    } finally {
      await streams.close();
    }
    return driver;
  };
  const failure = (started: Promise<unknown>): Promise<string> => started.then(() => 'started', (error: unknown) => (error as Error).message);

  it('of topics that are read together must be equal in number', async () => {
    const started = start({ a: 2, b: 3, out: 1 }, (builder) => { builder.stream('a', text).merge(builder.stream('b', text)).to('out', text); });
    expect(await failure(started)).to.equal('The topics of sub-topology a are read together and must have equally many partitions: a has 2, b has 3. Repartition one of them.');
  });

  it('of a repartition topic are those of what it is read with, else those of its writer', async () => {
    const driver = await start({ a: 2, b: 3, out: 1 }, (builder) => {
      builder.stream('a', text).repartition({ name: 'joined', ...text }).merge(builder.stream('b', text)).to('out', text);
      builder.stream('a', { ...text, name: 'again' }).repartition({ name: 'alone', ...text }).repartition({ name: 'chained', ...text }).to('out', { ...text, name: 'o2' });
      builder.stream('a', { ...text, name: 'third' }).repartition({ name: 'told', ...text, partitions: 5 }).to('out', { ...text, name: 'o3' });
    });
    const counts = await Promise.all(['joined', 'alone', 'chained', 'told'].map((name) => driver.partitionCount(`app-${name}-repartition`)));
    expect(counts).to.deep.equal([3, 2, 2, 5]);
    expect(await driver.partitionCount('app-dead-letters')).to.equal(1);
  });

  it('are asked for topics that exist', async () => {
    expect(await failure(start({ a: 1 }, (builder) => { builder.stream('a', text).to('gone', text); }))).to.match(/Topic gone of sub-topology a does not exist/);
  });
});
