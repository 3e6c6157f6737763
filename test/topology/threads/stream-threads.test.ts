import { expect } from 'chai';
import { StreamThreads } from '../../../topology/index.ts';
import type { StreamsState } from '../../../topology/index.ts';
import { until } from '../support/until.ts';
import type { EchoData } from '../../fixtures/topology/echo-thread.ts';

const module = new URL('../../fixtures/topology/echo-thread.ts', import.meta.url);

async function withThreads(numStreamThreads: number, data: EchoData, use: (threads: StreamThreads, states: StreamsState[]) => Promise<void>): Promise<void> {
  const threads = new StreamThreads({ module, numStreamThreads, data, replaceBackoffMs: 1 });
  const states: StreamsState[] = [];
  threads.onStateChange((state) => { states.push(state); });
  try {
    await use(threads, states);
  } finally {
    await threads.close();
  }
}

const processedBy = async (threads: StreamThreads): Promise<number[]> =>
  (await threads.metrics()).map(({ tasks }) => tasks.reduce((sum, { commits }) => sum + commits, 0));

describe('stream threads', () => {
  it('run until each has its tasks, and close together', () => withThreads(2, { records: ['a', 'b'] }, async (threads, states) => {
    await threads.start();
    await until(() => threads.state === 'RUNNING');
    expect(threads.threadNames).to.deep.equal(['StreamThread-1', 'StreamThread-2']);
    await until(async () => (await processedBy(threads)).every((commits) => commits > 0));
    await threads.close();
    expect(states).to.deep.equal(['REBALANCING', 'RUNNING', 'PENDING_SHUTDOWN', 'NOT_RUNNING']);
  }));

  it('are added and removed while they run, and the last one stays', () => withThreads(1, { records: [] }, async (threads) => {
    await threads.start();
    expect(await threads.addStreamThread()).to.equal('StreamThread-2');
    expect(await threads.removeStreamThread()).to.equal('StreamThread-2');
    expect(await threads.removeStreamThread()).to.equal(null);
    await until(() => threads.state === 'RUNNING');
    expect(threads.threadNames).to.deep.equal(['StreamThread-1']);
  }));

  it('are replaced when they crash', () => withThreads(2, { records: ['boom'], crashOn: 'boom' }, async (threads, states) => {
    await threads.start().catch(() => undefined);
    await until(() => threads.threadNames.includes('StreamThread-3') && threads.state === 'RUNNING');
    expect(threads.threadNames).to.deep.equal(['StreamThread-2', 'StreamThread-3']);
    expect(states).to.not.include('ERROR');
  }));

  it('are in ERROR when one fails for good, and say why', () => withThreads(1, { records: ['a'], fatal: true }, async (threads) => {
    await threads.start().catch(() => undefined);
    await until(() => threads.state === 'ERROR');
    expect(threads.error).to.have.property('code', 'MILL_PROCESSOR_FAILED');
    expect(threads.error?.message).to.include('refused');
  }));

  it('refuse a module that cannot make its Streams', () => withThreads(1, { records: [], failToCreate: 'no such topic' }, async (threads) => {
    const failure = await threads.start().then(() => null, (error: unknown) => error);
    expect(failure).to.be.an('error').with.property('message', 'no such topic');
    expect(threads.state).to.equal('ERROR');
  }));

  it('refuse a module without createStreams', async () => {
    const threads = new StreamThreads({ module: new URL('../support/until.ts', import.meta.url) });
    const failure = await threads.start().then(() => null, (error: unknown) => error);
    expect(failure).to.be.an('error').with.property('message').that.includes('exports no function createStreams');
    await threads.close();
  });
});
