import { expect } from 'chai';
import { appendFile, rm, utimes, writeFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { MillraceError } from '../../../connectors/ports/index.ts';
import type { ModelHost, ModelHostOptions, RunOptions, TaskName } from '../../../processors/inference/index.ts';
import { installDoubling, type InstallOptions, type Installation } from '../../fixtures/inference/doubling-host.ts';

/** [twice the length of the text, size of the batch it ran in, process id of the worker] */
const ask = async (host: ModelHost, text: string, options?: RunOptions): Promise<number[]> => [...(await host.run('text', { text }, options)).output.vector];

const errorOf = (promise: Promise<unknown>): Promise<MillraceError> => promise.then(() => { throw new Error('it did not fail'); }, (error: unknown) => error as MillraceError);

describe('the model host', () => {
  const cleanups: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const clean of cleanups.splice(0).reverse()) await clean();
  });

  async function install(tasks?: readonly TaskName[], options?: InstallOptions): Promise<Installation> {
    const installation = await installDoubling(tasks, options);
    cleanups.push(() => installation.remove());
    return installation;
  }

  async function open(installation: Installation, options?: Partial<ModelHostOptions>): Promise<ModelHost> {
    const host = await installation.open(options);
    cleanups.push(() => host.close());
    return host;
  }

  /** Keeps the worker's thread busy until the returned function is called. */
  async function holdWorker(host: ModelHost, { root }: Installation): Promise<{ release: () => Promise<void>; held: Promise<unknown> }> {
    const file = path.join(root, 'go');
    const held = host.run('text', { text: `spin ${file}` });
    while (host.stats().tasks.find(({ task }) => task === 'text')?.batches !== 1) await sleep(1);
    return { release: () => writeFile(file, ''), held };
  }

  it('joins the items of several callers into batches', async () => {
    const installation = await install();
    const host = await open(installation);
    const { release, held } = await holdWorker(host, installation);
    const answers = Promise.all(['a', 'bb', 'ccc', 'dddd', 'eeeee', 'ffffff'].map((text) => ask(host, text)));
    await release();
    await held;
    expect((await answers).map(([doubled, batchSize]) => [doubled, batchSize])).to.deep.equal([[2, 4], [4, 4], [6, 4], [8, 4], [10, 2], [12, 2]]);
    const [stats] = host.stats().tasks;
    expect(stats).to.deep.include({ task: 'text', items: 7, batches: 3, largestBatch: 4, failedItems: 0, queued: 0, blocked: 0, loadedOn: 1 });
  });

  it('shares the compute time of a batch among its items', async () => {
    const host = await open(await install(undefined, { batch: { maxBatch: 4, maxDelayMs: 1000 } }));
    const results = await Promise.all(['a', 'b', 'c', 'd'].map((text) => host.run('text', { text })));
    const total = results.reduce((sum, { computeMs }) => sum + computeMs, 0);
    expect(total).to.be.closeTo(host.stats().tasks[0]?.computeMs ?? NaN, 1e-6).and.greaterThan(0);
  });

  it('leaves the event loop of the program free while a model computes', async () => {
    const installation = await install();
    const host = await open(installation);
    await host.warmUp();
    const { release, held } = await holdWorker(host, installation);
    // The model computes until the file is there, and the file comes from the twentieth tick of this timer.
    let ticks = 0;
    await new Promise<void>((resolve) => {
      const timer = setInterval(() => {
        ticks += 1;
        if (ticks < 20) return;
        clearInterval(timer);
        resolve();
      }, 1);
    });
    await release();
    await held;
    expect(ticks).to.equal(20);
  });

  it('survives the abort of a worker: its batch fails as transient, and the next one runs in a new worker', async () => {
    const lines: string[] = [];
    const host = await open(await install(), { log: (line) => lines.push(line) });
    const [, , firstPid] = await ask(host, 'a');
    const lost = await errorOf(ask(host, 'crash'));
    expect([lost.code, lost.transient]).to.deep.equal(['MILL_INFERENCE_WORKER_LOST', true]);
    const [doubled, , secondPid] = await ask(host, 'abc');
    expect(doubled).to.equal(6);
    expect(secondPid).not.to.equal(firstPid);
    expect(host.stats().workersLost).to.equal(1);
    expect(lines.join()).to.match(/worker was lost .*SIGABRT/);
  });

  it('survives the kill of a worker from outside, as by the out-of-memory killer', async () => {
    const installation = await install();
    const host = await open(installation);
    const [, , pid = 0] = await ask(host, 'a');
    const { held } = await holdWorkerAfter(host, installation);
    process.kill(pid, 'SIGKILL');
    expect((await errorOf(held)).code).to.equal('MILL_INFERENCE_WORKER_LOST');
    expect((await ask(host, 'abcd'))[0]).to.equal(8);
  });

  async function holdWorkerAfter(host: ModelHost, { root }: Installation): Promise<{ held: Promise<unknown> }> {
    const held = host.run('text', { text: `spin ${path.join(root, 'never')}` });
    while (host.stats().tasks[0]?.batches !== 2) await sleep(1);
    return { held };
  }

  it('fails only the item that the model refuses, and not its neighbours', async () => {
    const host = await open(await install(undefined, { batch: { maxBatch: 3, maxDelayMs: 1000 } }));
    const outcomes = await Promise.allSettled(['a', 'refuse', 'c'].map((text) => ask(host, text)));
    expect(outcomes.map(({ status }) => status)).to.deep.equal(['fulfilled', 'rejected', 'fulfilled']);
    expect(outcomes[1]).to.have.nested.property('reason.code', 'MILL_MODEL_FAILED');
    expect(outcomes[1]).to.have.nested.property('reason.message', 'refused');
  });

  it('lets LIVE items overtake BULK ones', async () => {
    const installation = await install(undefined, { batch: { maxBatch: 1, maxDelayMs: 0 } });
    const host = await open(installation);
    const { release, held } = await holdWorker(host, installation);
    const order: string[] = [];
    const runs = (['BULK', 'BULK', 'LIVE'] as const).map(async (priority, index) => {
      await ask(host, 'x', { priority });
      order.push(`${priority} ${index}`);
    });
    await release();
    await Promise.all([held, ...runs]);
    expect(order).to.deep.equal(['LIVE 2', 'BULK 0', 'BULK 1']);
  });

  it('bounds its queue: callers beyond it wait, and all are answered', async () => {
    const installation = await install();
    const host = await open(installation, { maxQueued: 4 });
    const { release, held } = await holdWorker(host, installation);
    const answers = Promise.all(Array.from({ length: 10 }, (_, index) => ask(host, 'x'.repeat(index))));
    expect(host.stats().tasks[0]).to.include({ queued: 4, blocked: 6 });
    await release();
    await held;
    expect((await answers).map(([doubled]) => doubled)).to.deep.equal([0, 2, 4, 6, 8, 10, 12, 14, 16, 18]);
  });

  it('gives an aborted caller the reason of its signal at once, waiting or running', async () => {
    const installation = await install();
    const host = await open(installation);
    const { release, held } = await holdWorker(host, installation);
    const stop = new AbortController();
    const waiting = errorOf(ask(host, 'a', { signal: stop.signal }));
    const reason = new Error('no longer wanted');
    stop.abort(reason);
    expect(await waiting).to.equal(reason);
    await release();
    await held;
    const running = new AbortController();
    const spinning = errorOf(ask(host, `spin ${path.join(installation.root, 'later')}`, { signal: running.signal }));
    while (host.stats().tasks[0]?.batches !== 2) await sleep(1);
    running.abort(reason);
    expect(await spinning).to.equal(reason);
    await writeFile(path.join(installation.root, 'later'), '');
    expect((await ask(host, 'ab'))[0]).to.equal(4);
  });

  it('warms models up before the first item, on their home workers', async () => {
    const host = await open(await install(['text', 'shots']), { workers: 2, memoryBudgetMb: 2 });
    expect(host.stats().tasks.map(({ loadedOn }) => loadedOn)).to.deep.equal([0, 0]);
    await host.warmUp(['text']);
    expect(host.stats().tasks.map(({ task, loadedOn, items }) => [task, loadedOn, items])).to.deep.equal([['shots', 0, 0], ['text', 1, 0]]);
  });

  it('uses a second worker for a task while the memory budget lasts', async () => {
    const installation = await install();
    const host = await open(installation, { workers: 2 });
    // The first worker has its model before it is held: else the second could be ready, and answer, first.
    await host.warmUp();
    const { release, held } = await holdWorker(host, installation);
    expect(host.stats().tasks[0]).to.include({ loadedOn: 1 });
    expect((await ask(host, 'abc'))[0]).to.equal(6);
    expect(host.stats().tasks[0]).to.include({ loadedOn: 2 });
    await release();
    await held;
  });

  it('says why a model is missing, and refuses to run it', async () => {
    const installation = await install();
    await rm(installation.file('text'));
    const host = await open(installation);
    expect(host.describe('text')).to.equal(undefined);
    expect(host.missingReason('text')).to.equal('model double-text 1 is not installed; run: ./millrace models fetch');
    expect(host.missingReason('ocr')).to.equal('no model card serves task ocr');
    expect((await errorOf(ask(host, 'a'))).code).to.equal('MILL_MODEL_MISSING');
  });

  it('describes an installed model by name, version and a digest of its bytes', async () => {
    const host = await open(await install());
    expect(host.missingReason('text')).to.equal('');
    expect(host.describe('text')).to.include({ name: 'double-text', version: '1' }).and.have.property('digest').that.matches(/^[0-9a-f]{64}$/);
  });

  it('refuses to open over a model whose bytes differ from the card', async () => {
    const installation = await install();
    await appendFile(installation.file('text'), 'x');
    expect((await errorOf(installation.open())).code).to.equal('MILL_MODEL_DIGEST');
  });

  it('notices a change of the same size', async () => {
    const installation = await install();
    await (await installation.open()).close();
    const { size } = await stat(installation.file('text'));
    await writeFile(installation.file('text'), Buffer.alloc(size));
    await utimes(installation.file('text'), 1, 1);
    const error = await errorOf(installation.open());
    expect(error.code).to.equal('MILL_MODEL_DIGEST');
    expect(error.message).to.match(/double\.onnx of model double-text 1 hashes to .* where the card says/);
  });

  it('refuses options that make no sense', async () => {
    const error = await errorOf((await install()).open({ workers: 0 }));
    expect(error.code).to.equal('MILL_CONFIG_INVALID');
    expect(error.message).to.match(/workers/);
  });

  it('ends a worker that is still busy when the patience of close is over', async () => {
    const installation = await install();
    const host = await open(installation, { closeTimeoutMs: 1 });
    const { held } = await holdWorker(host, installation);
    const outcome = errorOf(held);
    await host.close();
    expect((await outcome).code).to.equal('MILL_INFERENCE_WORKER_LOST');
  });

  it('finishes what runs and fails what waits when it is closed', async () => {
    const installation = await install(undefined, { batch: { maxBatch: 1, maxDelayMs: 0 } });
    const host = await open(installation);
    const { release, held } = await holdWorker(host, installation);
    const waiting = errorOf(ask(host, 'a'));
    const closing = host.close();
    await release();
    await Promise.all([held, closing]);
    expect((await waiting).code).to.equal('MILL_CLOSED');
    expect((await errorOf(ask(host, 'a'))).code).to.equal('MILL_CLOSED');
  });
});
