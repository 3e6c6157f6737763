import { once } from 'node:events';
import { expect } from 'chai';
import { MillraceError } from '../../connectors/ports/index.ts';
import type { ErrorCode, LogDriver } from '../../connectors/ports/index.ts';
import { Streams, StreamsBuilder, problemsOf, stringSerde } from '../../topology/index.ts';
import type { EnrichContext, Topology } from '../../topology/index.ts';
import { drivers } from './support/drivers.ts';
import { readAll, readValues, writeValues } from './support/log.ts';
import { until } from './support/until.ts';

const text = { key: stringSerde, value: stringSerde };
const RECORDS = 400;
const FETCH = { maxRecords: 10, maxBytes: 1_000_000 };
const MARK = { highRecords: 50 };
const CONCURRENCY = 4;

/** A server that a test takes down and brings back. */
class Server {
  down: ErrorCode | null = null;
  calls = 0;

  readonly ask = async (value: string): Promise<string> => {
    this.calls++;
    if (this.down !== null) throw new MillraceError(this.down, 'the server does not answer');
    return value;
  };
}

type Ask = (value: string, key: string, context: EnrichContext) => Promise<string>;

function asking(ask: Ask): Topology {
  const builder = new StreamsBuilder();
  builder.stream('in', text).enrich(ask, { name: 'ask', concurrency: CONCURRENCY, retry: { attempts: 2, backoffMs: 1 } }).to('out', text);
  return builder.build();
}

function processing(ask: (value: string) => Promise<string>): Topology {
  const builder = new StreamsBuilder();
  builder.stream('in', text).process(() => ({
    process: async (record, context: { forward: (record: { key: string; value: string }) => void }) => { context.forward({ key: record.key, value: await ask(record.value) }); },
  }), { name: 'ask' }).to('out', text);
  return builder.build();
}

const values = Array.from({ length: RECORDS }, (_, index) => `v${index}`);
const outageOf = (streams: Streams): string | undefined => streams.metrics().tasks.map(({ nodes }) => nodes['ask']?.outage?.code).find((code) => code !== undefined);

for (const { name, open } of drivers) {
  describe(`Outages on the ${name} log`, () => {
    let driver: LogDriver;
    let streams: Streams;
    const start = async (topology: Topology, reopenBackoffMs = 1): Promise<Streams> => {
      const started = new Streams(topology, { applicationId: 'app', driver, poll: FETCH, buffer: MARK, reopenBackoffMs, maxReopenBackoffMs: reopenBackoffMs });
      await started.start();
      return started;
    };
    beforeEach(async () => {
      driver = await open();
      await driver.ensureTopics([{ topic: 'in', partitions: 2 }, { topic: 'out', partitions: 1 }]);
      await writeValues(driver, 'in', values.map((value) => [value, value] as const), stringSerde);
    });
    afterEach(async () => {
      await streams.closeDirty();
      await driver.close();
    });

    it('partitions pause while one lasts: nothing is dead-lettered, little is held, and all goes on after it', async () => {
      const server = new Server();
      server.down = 'MILL_INDEX_UNAVAILABLE';
      streams = await start(asking(server.ask));
      // Each call in flight has been tried many times more than its attempts allow.
      await until(() => server.calls > 16 * CONCURRENCY);
      const during = streams.metrics();
      expect(problemsOf(during)).to.have.length(1);
      expect(problemsOf(during)[0]).to.include({ code: 'MILL_INDEX_UNAVAILABLE', message: 'the server does not answer' });
      for (const { buffered, consumed, restarts, nodes } of during.tasks) {
        expect(nodes['ask']?.outage).to.include({ code: 'MILL_INDEX_UNAVAILABLE' });
        expect(buffered.peakRecords).to.be.at.most(2 * CONCURRENCY + 2 * FETCH.maxRecords);
        expect(consumed['in']).to.be.at.most(2 * CONCURRENCY + 2 * FETCH.maxRecords);
        expect(restarts).to.equal(0);
      }
      expect(await readAll(driver, 'out')).to.be.empty;
      server.down = null;
      await streams.whenIdle();
      expect((await readValues(driver, 'out', stringSerde)).sort()).to.deep.equal([...values].sort());
      expect(await readAll(driver, 'app-dead-letters')).to.be.empty;
      expect(problemsOf(streams.metrics())).to.be.empty;
    });

    it('a close does not wait for the end of one, and the next start has all that was not done', async () => {
      const server = new Server();
      server.down = 'MILL_BLOBS_UNAVAILABLE';
      streams = await start(asking(server.ask));
      await until(() => outageOf(streams) !== undefined);
      // Its limit is longer than that of the test.
      expect(await streams.close({ timeoutMs: 3_600_000 })).to.equal(true);
      expect(outageOf(streams)).to.equal(undefined);
      server.down = null;
      streams = await start(asking(server.ask));
      await streams.whenIdle();
      expect((await readValues(driver, 'out', stringSerde)).sort()).to.deep.equal([...values].sort());
    });

    it('a member that waits gives tasks up to another at once', async () => {
      const server = new Server();
      server.down = 'MILL_SOURCE_UNAVAILABLE';
      streams = await start(asking(server.ask));
      await until(() => streams.metrics().tasks.every(({ nodes }) => nodes['ask']?.outage !== null));
      const second = await start(asking(async (value) => value));
      await until(() => second.metrics().tasks.length === 1 && streams.metrics().tasks.length === 1);
      const [taken] = second.metrics().tasks;
      await until(async () => (await readAll(driver, 'out')).length > 0);
      expect(taken?.task.partition).not.to.equal(streams.metrics().tasks[0]?.task.partition);
      server.down = null;
      await Promise.all([streams.whenIdle(), second.whenIdle()]);
      expect((await readValues(driver, 'out', stringSerde)).sort()).to.deep.equal([...values].sort());
      await second.close();
    });

    it('a call that waits by itself tells of it, and is aborted by a close', async () => {
      const aborted: boolean[] = [];
      streams = await start(asking(async (_value, _key, { signal, outage }) => {
        outage(new MillraceError('MILL_INDEX_UNAVAILABLE', 'still down'));
        await once(signal, 'abort');
        aborted.push(signal.aborted);
        throw signal.reason;
      }));
      await until(() => outageOf(streams) === 'MILL_INDEX_UNAVAILABLE');
      expect(problemsOf(streams.metrics())[0]?.message).to.equal('still down');
      await streams.close({ timeoutMs: 3_600_000 });
      expect(aborted).not.to.be.empty;
      expect(await readAll(driver, 'app-dead-letters')).to.be.empty;
    });

    it('one that a processor meets has the task opened anew, with back-off, until it is over', async () => {
      const server = new Server();
      server.down = 'MILL_DISK_FULL';
      streams = await start(processing(server.ask));
      await until(() => streams.metrics().tasks.every(({ restarts }) => restarts > 12));
      await until(() => problemsOf(streams.metrics()).length > 0);
      expect(problemsOf(streams.metrics())[0]).to.include({ code: 'MILL_DISK_FULL' });
      server.down = null;
      await streams.whenIdle();
      expect((await readValues(driver, 'out', stringSerde)).sort()).to.deep.equal([...values].sort());
      expect(await readAll(driver, 'app-dead-letters')).to.be.empty;
    });

    it('a close does not wait for the back-off of a task either', async () => {
      const server = new Server();
      server.down = 'MILL_DISK_FULL';
      streams = await start(processing(server.ask), 3_600_000);
      await until(() => streams.metrics().tasks.every(({ status }) => status === 'BACKING_OFF'));
      expect(await streams.close({ timeoutMs: 3_600_000 })).to.equal(true);
    });

    it('a server that refuses us is no outage, and no fault of a record: the instance stops and says why', async () => {
      const server = new Server();
      server.down = 'MILL_INDEX_REFUSED';
      streams = await start(asking(server.ask));
      await until(() => streams.state === 'ERROR');
      expect(streams.error).to.include({ code: 'MILL_INDEX_REFUSED' });
      expect(await readAll(driver, 'app-dead-letters')).to.be.empty;
      expect(await readAll(driver, 'out')).to.be.empty;
    });
  });
}
