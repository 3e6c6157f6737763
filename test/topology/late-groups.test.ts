import { expect } from 'chai';
import { openEmbeddedLog } from '../../connectors/embedded/index.ts';
import { Streams, StreamsBuilder, stringSerde } from '../../topology/index.ts';
import { readValues, writeValues } from './support/log.ts';

const text = { key: stringSerde, value: stringSerde };

describe('A group that comes when retention has removed what nobody read', () => {
  it('stands at the first record that is left, and is idle when it has read the rest', async () => {
    let nowMs = 1_000;
    const driver = await openEmbeddedLog({ retentionCheckMs: 0, nowMs: () => nowMs });
    await driver.ensureTopics([{ topic: 'in', partitions: 1, retentionMs: 100 }, { topic: 'out', partitions: 1 }]);
    await writeValues(driver, 'in', [['k', 'a'], ['k', 'b']], stringSerde);
    nowMs = 10_000;
    await writeValues(driver, 'out', [['k', 'x']], stringSerde);
    expect(await readValues(driver, 'in', stringSerde)).to.deep.equal([]);
    const builder = new StreamsBuilder();
    builder.stream('in', text).to('out', text);
    const streams = new Streams(builder.build(), { applicationId: 'app', driver });
    await streams.start();
    expect(await driver.committedPositions('app-in')).to.deep.equal(new Map([['in/0', 2]]));
    await streams.whenIdle({ signal: AbortSignal.timeout(2_000) });
    await streams.close();
    await driver.close();
  });
});
