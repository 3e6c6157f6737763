import { expect } from 'chai';
import { StreamsBuilder, jsonSerde, keyValueStore, stringSerde } from '../../topology/index.ts';
import type { Topology } from '../../topology/index.ts';

const text = { key: stringSerde, value: stringSerde };

function example(): Topology {
  const builder = new StreamsBuilder();
  builder.addStateStore(keyValueStore({ name: 'seen', ...text }));
  const { loud, rest } = builder.stream('lines', text)
    .filter((value) => value !== '')
    .split({ name: 'mood' }).branch((value) => value.endsWith('!'), 'loud').defaultBranch('rest');
  loud.to('shouts', { ...text, name: 'shout' });
  rest.selectKey((value) => value)
    .repartition({ name: 'by-line', ...text })
    .process(() => ({ process: () => undefined }), { name: 'remember', stores: ['seen'] })
    .to('remembered', { key: jsonSerde<unknown>(), value: jsonSerde<unknown>(), name: 'remembered-out' });
  return builder.build();
}

describe('describe()', () => {
  it('prints the topology in the style of Kafka Streams', () => {
    expect(example().describe().toString()).to.equal(`Topologies:
   Sub-topology: lines
    Source: lines-source (topics: [lines])
      --> filter-1
    Processor: filter-1 (stores: [])
      --> mood
      <-- lines-source
    Processor: mood (stores: [])
      --> mood-loud, mood-rest
      <-- filter-1
    Processor: mood-loud (stores: [])
      --> shout
      <-- mood
    Processor: mood-rest (stores: [])
      --> selectKey-1
      <-- mood
    Sink: shout (topic: shouts)
      <-- mood-loud
    Processor: selectKey-1 (stores: [])
      --> by-line-sink
      <-- mood-rest
    Sink: by-line-sink (topic: by-line-repartition)
      <-- selectKey-1

   Sub-topology: by-line
    Source: by-line-source (topics: [by-line-repartition])
      --> remember
    Processor: remember (stores: [seen])
      --> remembered-out
      <-- by-line-source
    Sink: remembered-out (topic: remembered)
      <-- remember
`);
  });

  it('draws the topology as a Mermaid flow chart that joins sub-topologies at their topic', () => {
    const chart = example().toMermaid();
    const idOf = (label: string): string => new RegExp(`(n\\d+)[[({]+"${label}"`).exec(chart)?.[1] ?? 'missing';
    expect(chart.startsWith('flowchart LR\n')).to.equal(true);
    expect(chart).to.include(`  ${idOf('by-line-sink')} --> ${idOf('by-line-repartition')}\n`);
    expect(chart).to.include(`  ${idOf('by-line-repartition')} --> ${idOf('by-line-source')}\n`);
    expect(chart).to.include(`  ${idOf('remember')} -.- ${idOf('seen')}\n`);
  });
});
