import { expect } from 'chai';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { openSearchIndex } from '../../../../connectors/embedded/search/index.ts';
import { BATCH_SIZE } from './endless-writer.ts';
import { axis } from '../../sample-documents.ts';
import { removeFolder, temporaryFolder } from '../../../support/folders.ts';

const WRITER = fileURLToPath(new URL('./endless-writer.ts', import.meta.url));

interface Writer {
  readonly child: ChildProcess;
  /** Resolves when so many batches were acknowledged. */
  acknowledged(count: number): Promise<void>;
  /** The last batch that was acknowledged. */
  last(): number;
}

function startWriter(directory: string, firstBatch: number): Writer {
  const child = spawn(process.execPath, ['--import', 'tsx', WRITER, directory, String(firstBatch)], { stdio: ['ignore', 'pipe', 'inherit'] });
  let last = firstBatch - 1;
  const waiting: { readonly count: number; readonly resolve: () => void }[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    last = Number(line);
    for (const { count, resolve } of waiting) if (last - firstBatch + 1 >= count) resolve();
  });
  return { child, last: () => last, acknowledged: (count) => new Promise((resolve) => { waiting.push({ count, resolve }); }) };
}

describe('the embedded search index and other processes', () => {
  let directory: string;
  let writer: Writer | undefined;

  beforeEach(async () => {
    directory = await temporaryFolder();
  });
  afterEach(async () => {
    writer?.child.kill('SIGKILL');
    await removeFolder(directory);
  });

  it('survives kill -9 in the middle of writes: every acknowledged batch is there, no batch is there by half', async () => {
    let next = 0;
    for (let kill = 1; kill <= 4; kill += 1) {
      writer = startWriter(directory, next);
      await writer.acknowledged(5 * kill);
      expect(writer.child.exitCode, 'it still writes').to.equal(null);
      writer.child.kill('SIGKILL');
      await once(writer.child, 'close');
      expect(writer.child.signalCode).to.equal('SIGKILL');

      const index = await openSearchIndex({ directory });
      try {
        expect(await index.problems()).to.deep.equal([]);
        const { assets, moments } = await index.counts();
        expect(moments).to.equal(assets * BATCH_SIZE);
        // One batch may have been stored without its acknowledgement having come through.
        expect(assets - (writer.last() + 1)).to.be.within(0, 1);
        expect(await index.searchText('dog', 10_000, {})).to.have.length(Math.min(moments, 10_000));
        expect(await index.searchVector(axis(0), 10_000, {})).to.have.length(Math.min(moments, 10_000));
        next = assets;
      } finally {
        await index.close();
      }
    }
  });

  it('can be searched by another process while one writes: each search sees whole batches, and later ones see more', async () => {
    writer = startWriter(directory, 0);
    await writer.acknowledged(1);
    const reader = await openSearchIndex({ directory, readOnly: true });
    try {
      let seen = 0;
      for (let round = 0; round < 30; round += 1) {
        const { assets, moments } = await reader.counts();
        expect(moments).to.equal(assets * BATCH_SIZE);
        expect(moments).to.be.at.least(seen);
        seen = moments;
        const texts = await reader.searchText('running', 10_000, {});
        const vectors = await reader.searchVector(axis(0), 10_000, { tags: ['dog'] });
        expect(texts.length % BATCH_SIZE).to.equal(0);
        expect(vectors.length).to.be.at.least(texts.length);
      }
      await writer.acknowledged(seen / BATCH_SIZE + 1);
      expect((await reader.counts()).moments).to.be.above(seen);
      expect(writer.child.exitCode, 'it still writes').to.equal(null);
    } finally {
      await reader.close();
    }
  });
});
