import { setTimeout } from 'node:timers/promises';
import { expect } from 'chai';
import { Streams, StreamsBuilder, stringSerde } from '../../topology/index.ts';
import type { StreamsOptions, Topology } from '../../topology/index.ts';
import { drivers } from './support/drivers.ts';
import { CallGate } from './support/gate.ts';
import { readAll, writeValues } from './support/log.ts';
import { until } from './support/until.ts';

const text = { key: stringSerde, value: stringSerde };
const RECORDS = 400;
const VALUE = 'x'.repeat(1000);
/** What a record of this test weighs in a buffer, and some more. */
const RECORD_BYTES = 1200;
const FETCH = { maxRecords: 10, maxBytes: 1_000_000 };
const MARK = { highRecords: 50, highBytes: 60_000 };

function slow(call: () => Promise<void>): Topology {
  const builder = new StreamsBuilder();
  builder.stream('in', text).enrich(async (value) => {
    await call();
    return value;
  }, { name: 'slow', concurrency: 4, ordering: 'none' }).to('out', text);
  return builder.build();
}

for (const { name, open } of drivers) {
  describe(`Back-pressure on the ${name} log`, () => {
    const run = async (topology: Topology, options: Partial<StreamsOptions>, act: (streams: Streams) => Promise<void> = (streams) => streams.whenIdle()): Promise<number> => {
      const driver = await open();
      await driver.ensureTopics([{ topic: 'in', partitions: 2 }, { topic: 'out', partitions: 1 }]);
      await writeValues(driver, 'in', Array.from({ length: RECORDS }, (_, index) => [`k${index}`, VALUE] as const), stringSerde);
      const streams = new Streams(topology, { applicationId: 'app', driver, poll: FETCH, buffer: MARK, ...options });
      await streams.start();
      await act(streams);
      for (const { buffered, task } of streams.metrics().tasks) {
        const of = `task ${task.partition}`;
        expect(buffered.peakRecords, of).to.be.greaterThan(FETCH.maxRecords).and.at.most(MARK.highRecords + FETCH.maxRecords);
        expect(buffered.peakBytes, of).to.be.at.most(MARK.highBytes + FETCH.maxRecords * RECORD_BYTES);
      }
      const written = (await readAll(driver, 'out')).length;
      await streams.closeDirty();
      await driver.close();
      return written;
    };

    it('holds no more than its mark and one fetch when each call takes 50 ms', async () => {
      expect(await run(slow(async () => { await setTimeout(50); }), { commitIntervalMs: 20 })).to.equal(RECORDS);
    });

    it('holds no more when outputs wait long for their commit: the mark closes the epoch', async () => {
      const builder = new StreamsBuilder();
      builder.stream('in', text).to('out', text);
      expect(await run(builder.build(), { commitIntervalMs: 3_600_000, lingerMs: 3_600_000 }, async (streams) => {
        // The last epoch stays open: it is neither due nor over a mark.
        await until(() => streams.metrics().tasks.every(({ commits }) => commits > 2));
      })).to.be.greaterThan(RECORDS / 4);
    });

    it('holds no more when nothing ends at all, and goes on when it does', async () => {
      const gate = new CallGate();
      const builder = new StreamsBuilder();
      builder.stream('in', text).enrich(gate.call, { name: 'stuck', concurrency: 4 }).to('out', text);
      expect(await run(builder.build(), {}, async (streams) => {
        // A call in each slot, as many records waiting for one, and a fetch.
        await until(() => streams.metrics().tasks.every(({ nodes, buffered }) => (nodes['stuck']?.inFlight ?? 0) >= 8 && buffered.records > 8));
        await setTimeout(20);
        const idle = streams.whenIdle();
        for (let ended = 0; ended < RECORDS; ended++) await gate.finish(VALUE);
        await idle;
      })).to.equal(RECORDS);
    });
  });
}
