import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import { MillraceError } from '../../../connectors/ports/index.ts';
import type { IndexOperation, RejectedOperation } from '../../../connectors/ports/index.ts';
import { IndexWriter } from '../../../topology/media/indexing/index.ts';
import type { WritableIndex } from '../../../topology/media/indexing/index.ts';
import { Random } from '../support/random.ts';

const BATCH = 8;
const moment = (assetId: string, id: string, revision = 1): IndexOperation => ({
  type: 'moment',
  document: {
    id, assetId, revision, library: 'home', mediaKind: 'TEXT', modality: 'document', startMs: null, endMs: null, text: id, charStart: null, tags: [],
    vector: null, frameBlobKey: null, model: '', lineage: 'l',
  },
});
const removal = (assetId: string, revision = 1): IndexOperation => ({ type: 'delete', assetId, revision });
const assetOf = (operation: IndexOperation): string => (operation.type === 'delete' ? operation.assetId : operation.document.assetId);

/**
 * The contract of an index that takes several writes at a time: what a write holds may happen in any order, and at any
 * time while the write runs. It holds callers to their side: an asset's removal is alone.
 */
class ManyWritesIndex implements WritableIndex {
  readonly maxConcurrentWrites: number;
  readonly moments = new Map<string, Set<string>>();
  readonly sizes: number[] = [];
  mostRunning = 0;
  applied = 0;
  /** Runs before each write. */
  before: (write: number) => Promise<void> = async () => { await setImmediate(); };
  readonly #random: Random;
  readonly #open = new Map<string, IndexOperation[]>();
  #running = 0;

  constructor(maxConcurrentWrites: number, seed = 1) {
    this.maxConcurrentWrites = maxConcurrentWrites;
    this.#random = new Random(seed);
  }

  async write(operations: readonly IndexOperation[]): Promise<readonly RejectedOperation[]> {
    this.mostRunning = Math.max(this.mostRunning, ++this.#running);
    this.sizes.push(operations.length);
    for (const operation of operations) this.#begin(operation);
    try {
      await this.before(this.sizes.length);
      for (const operation of operations.toSorted(() => this.#random.next() - 0.5)) {
        if (this.#random.chance(0.1)) await setImmediate();
        this.#apply(operation);
      }
      return [];
    } finally {
      for (const operation of operations) this.#open.set(assetOf(operation), (this.#open.get(assetOf(operation)) ?? []).filter((each) => each !== operation));
      this.#running--;
    }
  }

  #begin(operation: IndexOperation): void {
    const others = this.#open.get(assetOf(operation)) ?? [];
    if (others.length > 0 && [operation, ...others].some(({ type }) => type !== 'moment')) throw new Error(`${operation.type} of ${assetOf(operation)} is not alone`);
    this.#open.set(assetOf(operation), [...others, operation]);
  }

  #apply(operation: IndexOperation): void {
    this.applied++;
    const moments = this.moments.get(assetOf(operation)) ?? new Set();
    this.moments.set(assetOf(operation), moments);
    if (operation.type === 'moment') moments.add(operation.document.id);
    else moments.clear();
  }
}

describe('media topology: writes of an index that takes several at a time', () => {
  const outages: string[] = [];
  const never = { signal: new AbortController().signal, outage: ({ code }: MillraceError) => { outages.push(code); } };
  const writerOf = (index: WritableIndex): IndexWriter => new IndexWriter(index, { batchSize: BATCH, backoffMs: 1 });
  beforeEach(() => { outages.length = 0; });

  it('moments go in as many writes as it takes, and no more', async () => {
    const index = new ManyWritesIndex(3);
    const batching = writerOf(index);
    await Promise.all(Array.from({ length: 10 * BATCH }, (_, i) => batching.write(moment('a', String(i)), never)));
    expect(index.mostRunning).to.equal(3);
    expect(index.sizes.every((size) => size === BATCH)).to.equal(true);
    expect(index.moments.get('a')?.size).to.equal(10 * BATCH);
  });

  it('a few more do not start another write: they go together when one is done', async () => {
    const index = new ManyWritesIndex(3);
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => { release = resolve; });
    index.before = async () => held;
    const batching = writerOf(index);
    const first = batching.write(moment('a', '0'), never);
    await setImmediate();
    const others = ['1', '2', '3'].map((id) => batching.write(moment('a', id), never));
    await setImmediate();
    expect(index.sizes).to.deep.equal([1]);
    release();
    await Promise.all([first, ...others]);
    expect(index.sizes).to.deep.equal([1, 3]);
  });

  for (let seed = 1; seed <= 20; seed++) {
    it(`what is read at the end is what one write after another would have left (seed ${seed})`, async () => {
      const random = new Random(seed);
      const index = new ManyWritesIndex(1 + random.int(4) + 1, seed);
      index.before = async () => {
        await setImmediate();
        if (random.chance(0.2)) throw new MillraceError('MILL_INDEX_UNAVAILABLE', 'drawn by the test');
      };
      const batching = writerOf(index);
      const expected = new Map<string, Set<string>>();
      const writes: Promise<void>[] = [];
      for (let n = 0; n < 400; n++) {
        const asset = `asset${random.int(6)}`;
        const moments = expected.get(asset) ?? new Set();
        expected.set(asset, moments);
        if (random.chance(0.1)) {
          moments.clear();
          writes.push(batching.write(removal(asset), never));
        } else {
          moments.add(String(n));
          writes.push(batching.write(moment(asset, String(n)), never));
        }
        if (random.chance(0.05)) await setImmediate();
      }
      await Promise.all(writes);
      expect(index.moments).to.deep.equal(expected);
      expect(index.applied).to.equal(400);
    });
  }

  it('asks with one write at a time whether an outage is over, and tells all who wait', async () => {
    const index = new ManyWritesIndex(4);
    let down = true;
    let duringOutage = 0;
    index.before = async (write) => {
      await setImmediate();
      if (write > 4 && down) duringOutage = Math.max(duringOutage, index.mostRunning);
      if (down) throw new MillraceError('MILL_INDEX_UNAVAILABLE', 'nobody answers');
    };
    const batching = writerOf(index);
    const writes = Array.from({ length: 6 * BATCH }, (_, i) => batching.write(moment('a', String(i)), never));
    while (index.sizes.length < 4) await setImmediate();
    index.mostRunning = 0;
    while (index.sizes.length < 7) await setImmediate();
    expect(duringOutage).to.equal(1);
    expect(outages.length).to.be.at.least(6 * BATCH);
    down = false;
    await Promise.all(writes);
    expect(index.moments.get('a')?.size).to.equal(6 * BATCH);
  });

  it('what waits behind the operation of a task that was closed is not kept by it', async () => {
    const index = new ManyWritesIndex(2);
    const batching = writerOf(index);
    const closed = new AbortController();
    const abandoned = batching.write(removal('a'), { ...never, signal: closed.signal }).catch((error: unknown) => error);
    const next = batching.write(moment('a', '1'), never);
    closed.abort();
    await next;
    expect(await abandoned).to.include({ code: 'MILL_CLOSED' });
    expect(index.applied).to.equal(1);
  });

  it('tens of thousands that wait cost as little each as a few do', async () => {
    const index = new ManyWritesIndex(2);
    const batching = new IndexWriter(index, { batchSize: 500, backoffMs: 1 });
    const writes: Promise<void>[] = [];
    // One asset holds all the others of it up, again and again.
    for (let n = 0; n < 20_000; n++) writes.push(batching.write(n % 100 === 99 ? removal('a') : moment('a', String(n)), never));
    await Promise.all(writes);
    expect(index.applied).to.equal(20_000);
    expect(index.moments.get('a')).to.deep.equal(new Set());
  });
});
