import { expect } from 'chai';
import path from 'node:path';
import { openEmbeddedLog, openFileBlobStore, openSearchIndex } from '../../../connectors/embedded/index.ts';
import type { LogDriver, LogRecord, SearchIndex } from '../../../connectors/ports/index.ts';
import { serdes, stringSerde } from '../../../schemas/index.ts';
import type { AssetSubmitted } from '../../../schemas/index.ts';
import { buildMediaTopology, mediaTopicSpecs, stageProgress, STAGES, TOPICS } from '../../../topology/media/index.ts';
import { Streams } from '../../../topology/runtime/index.ts';
import { FILM, PHOTO, TALK } from './harness.ts';
import { World } from './world.ts';
import type { Call, Content } from './world.ts';
import { removeFolder, temporaryFolder } from '../../support/folders.ts';

const APPLICATION = 'media-test';
const CALLS: readonly Call[] = ['hash', 'plan', 'decode', 'vision', 'audio', 'text', 'write', 'deleteFolder'];

/** A machine that crashes: the log, the blobs and the index stay, everything in memory is lost. */
class Machine {
  readonly directory: string;
  readonly log: LogDriver;
  readonly index: SearchIndex;
  readonly world: World;
  /** Whether to crash now, between the effect of a call and its commit. */
  crashAfter: (call: Call) => boolean = () => false;
  crashes = 0;

  private constructor(directory: string, log: LogDriver, index: SearchIndex, world: World) {
    this.directory = directory;
    this.log = log;
    this.index = index;
    this.world = world;
  }

  static async open(): Promise<Machine> {
    const directory = await temporaryFolder();
    const log = await openEmbeddedLog();
    await log.ensureTopics(mediaTopicSpecs(2));
    const index = await openSearchIndex({ directory });
    return new Machine(directory, log, index, new World(index, await openFileBlobStore({ directory: path.join(directory, 'blobs') })));
  }

  /** Runs until everything is processed, with a new process after each crash. */
  async run(): Promise<void> {
    for (let crashed = true; crashed;) crashed = await this.#runOnce();
  }

  async #runOnce(): Promise<boolean> {
    const topology = buildMediaTopology({ services: this.world.services, options: { retry: { attempts: 1 }, concurrency: { vision: 2 } } });
    const streams = new Streams(topology, { applicationId: APPLICATION, driver: this.log, deadLetterTopic: TOPICS.deadLetters, commitIntervalMs: 20 });
    let dead: Promise<void> | undefined;
    const abort = new AbortController();
    const started = streams.start();
    this.world.after = async (call) => {
      await started;
      if (dead === undefined && this.crashAfter(call)) {
        this.crashes += 1;
        dead = streams.closeDirty();
        abort.abort();
      }
      // A process that is dead answers nobody.
      if (dead !== undefined) await new Promise(() => undefined);
    };
    await started;
    await streams.whenIdle({ signal: abort.signal }).catch((error: unknown) => { if (!abort.signal.aborted) throw error; });
    await (dead ?? streams.close());
    return dead !== undefined;
  }

  submit(event: Partial<AssetSubmitted> & Pick<AssetSubmitted, 'assetId' | 'eventId'>, content: Content): Promise<void> {
    const sourceUri = `file:///media/${event.assetId}`;
    this.world.set(sourceUri, content);
    const value: AssetSubmitted = { library: 'home', priority: 'LIVE', sourceUri, fileName: event.assetId, sizeBytes: null, modifiedAtMs: null, submittedAtMs: 1, attributes: {}, ...event };
    return this.produce(event.assetId, serdes.assetSubmitted.serialize(value));
  }

  produce(assetId: string, value: Buffer | null): Promise<void> {
    return this.log.produce([{ topic: TOPICS.assets, key: stringSerde.serialize(assetId), value, timestampMs: 1, headers: {} }]);
  }

  async records(topic: string): Promise<LogRecord[]> {
    const ends = await this.log.endOffsets(topic);
    const partitions = await Promise.all(ends.map((end, partition) => (end === 0 ? Promise.resolve([]) : this.log.read({ topic, partition }, 0, end))));
    return partitions.flat();
  }

  /** What people can find, and the blobs behind it, without times of the day. */
  async snapshot(): Promise<unknown> {
    const assets = await this.index.listAssets({ limit: 100 });
    const moments = await Promise.all(assets.map(({ assetId }) => this.index.moments(assetId)));
    return {
      assets: assets.map(({ body, ...asset }) => ({ ...asset, body: { ...(body as object), completedAtMs: 0 } })),
      moments: moments.flat().map(({ vector, ...moment }) => ({ ...moment, vector: [...(vector ?? [])] })),
      counts: await this.index.counts(),
      folders: await this.world.folders(),
    };
  }

  async close(): Promise<void> {
    await this.index.close();
    await this.log.close();
    await removeFolder(this.directory);
  }
}

/** Media events whose outcome does not hang on which of them is quicker. */
async function submitScenario(machine: Machine): Promise<void> {
  await machine.submit({ assetId: 'film', eventId: '1' }, FILM);
  await machine.submit({ assetId: 'copy', eventId: '2', submittedAtMs: 2 }, FILM);
  await machine.submit({ assetId: 'photo', eventId: '3', attributes: { place: 'Lyon' } }, PHOTO);
  await machine.submit({ assetId: 'photo', eventId: '4', attributes: { place: 'Paris' } }, PHOTO);
  await machine.submit({ assetId: 'talk', eventId: '5' }, TALK);
  await machine.produce('talk', null);
  await machine.submit({ assetId: 'talk', eventId: '6' }, TALK);
  await machine.submit({ assetId: 'broken', eventId: '7' }, { ...PHOTO, fault: 'MILL_MEDIA_CORRUPT' });
  await machine.submit({ assetId: 'gone', eventId: '8' }, { ...PHOTO, salt: 'gone' });
  await machine.produce('gone', null);
  await machine.produce('film', null);
}

async function withMachine<T>(use: (machine: Machine) => Promise<T>): Promise<T> {
  const machine = await Machine.open();
  try {
    await submitScenario(machine);
    return await use(machine);
  } finally {
    await machine.close();
  }
}

describe('media topology: crashes and repeats', () => {
  let undisturbed: unknown;

  before(async () => {
    undisturbed = await withMachine(async (machine) => {
      await machine.run();
      return machine.snapshot();
    });
  });

  it('the undisturbed run is what it should be', () => {
    const { assets, counts } = undisturbed as { assets: { assetId: string; state: string; revision: number }[]; counts: object };
    expect(assets.map(({ assetId, state, revision }) => `${assetId} ${state} ${revision}`)).to.deep.equal(['broken REJECTED 1', 'copy COMPLETE 1', 'photo COMPLETE 2', 'talk COMPLETE 2']);
    expect(counts).to.deep.include({ assets: 4, moments: 6 + 1 + 1 });
  });

  for (const crashing of CALLS) {
    it(`a crash between ${crashing} and its commit, twice, changes nothing`, async () => {
      await withMachine(async (machine) => {
        machine.crashAfter = (call) => call === crashing && machine.crashes < 2;
        await machine.run();
        expect(machine.crashes).to.be.greaterThan(0);
        expect(await machine.snapshot()).to.deep.equal(undisturbed);
        expect(await machine.records(TOPICS.deadLetters)).to.have.length(1);
        const audit = (await machine.records(TOPICS.audit)).map(({ value }) => serdes.auditEvent.deserialize(value!));
        expect(audit.filter(({ type }) => type === 'REJECTED').map(({ assetId }) => assetId)).to.deep.equal(['broken']);
        expect(audit.filter(({ type, revision }) => type === 'COMPLETED' && revision === 2).map(({ assetId }) => assetId)).to.have.members(['photo', 'talk']);
      });
    });
  }

  it('a crash after every few calls, until the work is done, changes nothing', async () => {
    await withMachine(async (machine) => {
      let calls = 0;
      machine.crashAfter = () => {
        calls += 1;
        return calls % 7 === 0 && machine.crashes < 20;
      };
      await machine.run();
      expect(machine.crashes).to.be.greaterThan(5);
      expect(await machine.snapshot()).to.deep.equal(undisturbed);
    });
  });

  it('every record between the stages, repeated after the end, changes nothing', async () => {
    await withMachine(async (machine) => {
      await machine.run();
      for (const topic of [TOPICS.claims, TOPICS.admitted, TOPICS.work, TOPICS.frames, TOPICS.audio, TOPICS.text, TOPICS.insights, TOPICS.documents]) {
        const records = await machine.records(topic);
        expect(records.length, topic).to.be.greaterThan(0);
        await machine.log.produce(records.map(({ key, value, headers, timestampMs }) => ({ topic, key, value, headers, timestampMs })));
      }
      const documents = (await machine.records(TOPICS.documents)).length;
      await machine.run();
      expect(await machine.snapshot()).to.deep.equal(undisturbed);
      expect((await machine.records(TOPICS.documents)).length).to.equal(documents);
    });
  });

  it('progress says how far each stage is', async () => {
    await withMachine(async (machine) => {
      const before = await stageProgress(machine.log, APPLICATION);
      expect(before.find(({ stage }) => stage === 'admit')).to.deep.include({ lag: 11 });
      await machine.run();
      const after = await stageProgress(machine.log, APPLICATION);
      expect(after.map(({ stage, lag }) => [stage, lag])).to.deep.equal(STAGES.map((stage) => [stage, 0]));
      expect(after.find(({ stage }) => stage === 'decode')?.inputs[0]).to.deep.include({ topic: TOPICS.work });
    });
  });
});
