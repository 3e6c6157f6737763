import { expect } from 'chai';
import { openSearchIndex } from '../../../connectors/embedded/index.ts';
import { MillraceError } from '../../../connectors/ports/index.ts';
import type { IndexOperation, MomentDocument, SearchIndex } from '../../../connectors/ports/index.ts';
import { IndexWriter } from '../../../topology/media/indexing/index.ts';
import type { WriteContext } from '../../../topology/media/writing/index.ts';
import { removeFolder, temporaryFolder } from '../../support/folders.ts';

const moment = (id: string, overrides: Partial<MomentDocument> = {}): IndexOperation => ({
  type: 'moment',
  document: {
    id, assetId: 'a', revision: 1, library: 'home', mediaKind: 'TEXT', modality: 'document', startMs: null, endMs: null, text: id, charStart: null, tags: [],
    vector: new Float32Array([1]), frameBlobKey: null, model: 'm@1', lineage: 'l', ...overrides,
  },
});

describe('media topology: writes of the index', () => {
  let directory: string;
  let index: SearchIndex;
  /** Sizes of the writes, in order. */
  let sizes: number[];
  /** Runs before each write. */
  let before: (write: number) => Promise<void>;
  /** What the callers were told. */
  let outages: MillraceError[];
  const contextOf = (signal: AbortSignal): WriteContext => ({ signal, outage: (error) => { outages.push(error); } });
  const never = contextOf(new AbortController().signal);

  beforeEach(async () => {
    directory = await temporaryFolder();
    index = await openSearchIndex({ directory });
    sizes = [];
    outages = [];
    before = async () => undefined;
  });
  afterEach(async () => {
    await index.close();
    await removeFolder(directory);
  });

  const writer = (batchSize = 100): IndexWriter => new IndexWriter({
    maxConcurrentWrites: 1,
    write: async (operations) => {
      sizes.push(operations.length);
      await before(sizes.length);
      return index.write(operations);
    },
  }, { batchSize, backoffMs: 1 });
  const ids = async (): Promise<string[]> => (await index.moments('a')).map(({ id }) => id).sort();

  it('what is asked for while a write runs goes into the next one, all together', async () => {
    const batching = writer();
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => { release = resolve; });
    let started = (): void => undefined;
    const running = new Promise<void>((resolve) => { started = resolve; });
    before = async (write) => { if (write === 1) { started(); await held; } };
    const first = batching.write(moment('0'), never);
    await running;
    const others = Array.from({ length: 9 }, (_, i) => batching.write(moment(String(i + 1)), never));
    release();
    await Promise.all([first, ...others]);
    expect(sizes).to.deep.equal([1, 9]);
    expect(await ids()).to.have.length(10);
  });

  it('calls of one turn share a write, and no write is larger than the limit', async () => {
    const batching = writer(4);
    await Promise.all(Array.from({ length: 10 }, (_, i) => batching.write(moment(String(i)), never)));
    expect(sizes).to.deep.equal([4, 4, 2]);
  });

  it('keeps the order of its calls', async () => {
    const batching = writer(2);
    await Promise.all([batching.write(moment('1'), never), batching.write({ type: 'delete', assetId: 'a', revision: 1 }, never), batching.write(moment('2', { revision: 2 }), never)]);
    expect(await ids()).to.deep.equal(['2']);
  });

  it('a rejected operation fails its caller alone', async () => {
    const batching = writer();
    const results = await Promise.allSettled([batching.write(moment('good'), never), batching.write(moment('bad', { vector: new Float32Array([3]) }), never)]);
    expect(results.map(({ status }) => status)).to.deep.equal(['fulfilled', 'rejected']);
    expect((results[1] as PromiseRejectedResult).reason).to.include({ code: 'MILL_INDEX_REJECTED', message: 'document bad of asset a: the vector has length 3.000, not 1' });
    expect(await ids()).to.deep.equal(['good']);
  });

  it('waits for the end of an outage with the same batch, before anything later, and tells the callers', async () => {
    const batching = writer();
    before = async (write) => { if (write < 3) throw new MillraceError('MILL_DISK_FULL', 'no space'); };
    const first = batching.write(moment('1'), never);
    const second = first.then(() => batching.write({ type: 'delete', assetId: 'a', revision: 1 }, never));
    await second;
    expect(sizes).to.deep.equal([1, 1, 1, 1]);
    expect(outages.map(({ code }) => code)).to.deep.equal(['MILL_DISK_FULL', 'MILL_DISK_FULL']);
    expect(await ids()).to.be.empty;
  });

  it('any other failure fails the batch, and the next one is written', async () => {
    const batching = writer();
    before = async (write) => { if (write === 1) throw new MillraceError('MILL_STATE_CORRUPT', 'torn'); };
    const failed = await batching.write(moment('1'), never).catch((error: unknown) => error);
    expect(failed).to.include({ code: 'MILL_STATE_CORRUPT' });
    await batching.write(moment('2'), never);
    expect(await ids()).to.deep.equal(['2']);
  });

  it('leaves out what waits for a task that was closed', async () => {
    const batching = writer();
    const closed = new AbortController();
    const abandoned = batching.write(moment('1'), contextOf(closed.signal)).catch((error: unknown) => error);
    closed.abort();
    await batching.write(moment('2'), never);
    expect(await abandoned).to.include({ code: 'MILL_CLOSED' });
    expect(await ids()).to.deep.equal(['2']);
  });

  it('drops what a task asked for that was closed during an outage, and writes what others did', async () => {
    const batching = writer();
    const closed = new AbortController();
    before = async (write) => {
      if (write > 1) return;
      closed.abort();
      throw new MillraceError('MILL_DISK_FULL', 'no space');
    };
    const abandoned = batching.write(moment('1'), contextOf(closed.signal)).catch((error: unknown) => error);
    await batching.write(moment('2'), never);
    expect(await abandoned).to.include({ code: 'MILL_CLOSED' });
    expect(await ids()).to.deep.equal(['2']);
    expect(sizes).to.deep.equal([2, 1]);
  });
});
