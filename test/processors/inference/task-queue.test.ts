import { expect } from 'chai';
import { setImmediate as turn } from 'node:timers/promises';
import { TaskQueue } from '../../../processors/inference/task-queue.ts';

const neverMs = 3_600_000;

/** What is still waiting when a test ends is failed by `close`. */
const unheard = (answer: Promise<string>): void => void answer.catch(() => undefined);
const opened: TaskQueue<string, string>[] = [];

function queueOf(limits: Partial<{ maxBatch: number; maxDelayMs: number; maxQueued: number }> = {}) {
  let due = 0;
  const queue = new TaskQueue<string, string>({ maxBatch: 3, maxDelayMs: neverMs, maxQueued: 100, ...limits }, () => { due += 1; });
  opened.push(queue);
  return { queue, due: () => due, takeNames: () => queue.take().map(({ input }) => input) };
}

describe('the queue in front of a task', () => {
  afterEach(() => {
    for (const queue of opened.splice(0)) queue.close();
  });

  it('closes a batch when it is full, and leaves the rest for the next one', () => {
    const { queue, due, takeNames } = queueOf();
    for (const name of ['a', 'b']) unheard(queue.add(name));
    expect(due()).to.equal(0);
    expect(queue.head()).to.equal(undefined);
    for (const name of ['c', 'd']) unheard(queue.add(name));
    expect(due()).to.be.greaterThan(0);
    expect(takeNames()).to.deep.equal(['a', 'b', 'c']);
    expect(queue.head()).to.equal(undefined);
    expect(queue.queued).to.equal(1);
  });

  it('closes a batch that is not full when its oldest item has waited long enough', async () => {
    const { queue, takeNames } = queueOf({ maxDelayMs: 1 });
    unheard(queue.add('a'));
    unheard(queue.add('b', { priority: 'LIVE' }));
    while (queue.head() === undefined) await turn();
    expect(takeNames()).to.deep.equal(['b', 'a']);
  });

  it('lets LIVE items go before BULK ones, each in order of arrival', () => {
    const { queue, takeNames } = queueOf({ maxBatch: 2 });
    unheard(queue.add('bulk 1'));
    unheard(queue.add('live 1', { priority: 'LIVE' }));
    unheard(queue.add('bulk 2'));
    unheard(queue.add('live 2', { priority: 'LIVE' }));
    expect(takeNames()).to.deep.equal(['live 1', 'live 2']);
    expect(takeNames()).to.deep.equal(['bulk 1', 'bulk 2']);
  });

  it('makes callers wait for a place beyond its bound, and drops none', () => {
    const { queue, takeNames } = queueOf({ maxBatch: 2, maxQueued: 2 });
    for (const name of ['a', 'b', 'c', 'd']) unheard(queue.add(name));
    unheard(queue.add('urgent', { priority: 'LIVE' }));
    expect(queue.queued).to.equal(2);
    expect(queue.blocked).to.equal(3);
    expect(takeNames()).to.deep.equal(['a', 'b']);
    expect(takeNames()).to.deep.equal(['urgent', 'c']);
    expect([queue.queued, queue.blocked]).to.deep.equal([1, 0]);
  });

  it('is full at its bound even when a batch could be larger', () => {
    const { queue, takeNames } = queueOf({ maxBatch: 8, maxQueued: 2 });
    for (const name of ['a', 'b', 'c']) unheard(queue.add(name));
    expect(queue.head()).not.to.equal(undefined);
    expect(takeNames()).to.deep.equal(['a', 'b']);
  });

  it('forgets an item whose caller gave up, with the reason of the signal, and gives its place away', async () => {
    const { queue, takeNames } = queueOf({ maxQueued: 1 });
    const stop = new AbortController();
    const queued = queue.add('queued', { signal: stop.signal });
    const blocked = queue.add('blocked', { signal: stop.signal });
    unheard(queue.add('patient'));
    const reason = new Error('no longer wanted');
    stop.abort(reason);
    const outcomes = await Promise.allSettled([queued, blocked, queue.add('late', { signal: stop.signal })]);
    expect(outcomes.map((outcome) => outcome.status === 'rejected' && outcome.reason === reason)).to.deep.equal([true, true, true]);
    expect(takeNames()).to.deep.equal(['patient']);
    expect([queue.queued, queue.blocked]).to.deep.equal([0, 0]);
  });

  it('fails what waits when it is closed, and what comes after', async () => {
    const { queue } = queueOf({ maxQueued: 1 });
    const waiting = [queue.add('queued'), queue.add('blocked')];
    queue.close();
    const outcomes = await Promise.allSettled([...waiting, queue.add('late')]);
    expect(outcomes.map((outcome) => outcome.status === 'rejected' && (outcome.reason as { code: string }).code)).to.deep.equal(['MILL_CLOSED', 'MILL_CLOSED', 'MILL_CLOSED']);
  });
});
