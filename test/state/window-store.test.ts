import { expect } from 'chai';
import type { OrderedKeyValue } from '../../connectors/ports/index.ts';
import { openTaskState, windowStore } from '../../state/index.ts';
import type { TaskState } from '../../state/index.ts';
import { BACKENDS } from './backends.ts';
import type { OpenedBackend } from './backends.ts';
import { collect, commit, countStored, text, windows } from './support.ts';

const SPEC = windowStore({ name: 'w', key: text, value: text, retentionMs: 1_000, segmentMs: 400 });

for (const [name, open] of BACKENDS) {
  describe(`window store on ${name}`, () => {
    let opened: OpenedBackend;
    let backend: OrderedKeyValue;
    let state: TaskState;
    beforeEach(async () => { opened = await open(); ({ backend } = opened); state = await openTaskState(backend, [SPEC]); });
    afterEach(() => opened.dispose());
    const turn = async (): Promise<void> => { await commit(backend, await state.seal()); };

    it('keeps one value a key and window, and reads ranges over segments and layers', async () => {
      const store = windows(state, 'w');
      // Keys of different lengths, one the beginning of the other, with bytes that could be taken for a time.
      for (const key of ['a', 'ab', 'a\0\0']) for (const at of [100, 350, 400, 900]) store.put(key, `${key}@${at}`, at);
      await turn();
      store.put('a', 'a@350 again', 350);
      store.put('a', 'a@500', 500);
      store.delete('a', 400);
      expect(await store.fetch('a', 350)).to.equal('a@350 again');
      expect(await store.fetch('a', 400)).to.equal(undefined);
      expect(await store.fetch('b', 100)).to.equal(undefined);
      expect(await collect(store.fetchRange('a', 100, 900))).to.deep.equal([[100, 'a@100'], [350, 'a@350 again'], [500, 'a@500'], [900, 'a@900']]);
      expect(await collect(store.fetchRange('a', 101, 899))).to.deep.equal([[350, 'a@350 again'], [500, 'a@500']]);
      expect(await collect(store.fetchRange('ab', 350, 400))).to.deep.equal([[350, 'ab@350'], [400, 'ab@400']]);
      expect(await collect(store.fetchAll(400, 500))).to.deep.equal([['a', 500, 'a@500'], ['ab', 400, 'ab@400'], ['a\0\0', 400, 'a\0\0@400']]);
      expect(await collect(store.fetchRange('a', 5_000, 9_000))).to.deep.equal([]);
    });

    it('refuses windows older than retention, and hides them when stream time moves on', async () => {
      const store = windows(state, 'w');
      expect(store.put('a', '1', 100)).to.equal(true);
      expect(store.put('a', '2', 1_100)).to.equal(true);
      expect(await store.fetch('a', 100)).to.equal('1');
      expect(store.put('a', '3', 1_101)).to.equal(true);
      expect(await store.fetch('a', 100)).to.equal(undefined);
      expect(store.put('a', 'late', 100)).to.equal(false);
      expect(await collect(store.fetchRange('a', 0, 2_000))).to.deep.equal([[1_100, '2'], [1_101, '3']]);
      expect(await collect(store.fetchAll(0, 2_000))).to.deep.equal([['a', 1_100, '2'], ['a', 1_101, '3']]);
    });

    it('removes what is past retention with its segment, wherever it was written', async () => {
      const store = windows(state, 'w');
      store.put('committed', '1', 100);
      await turn();
      store.put('sealed', '1', 200);
      const sealed = await state.seal();
      store.put('same epoch', '1', 300);
      state.advance('w');
      store.put('next epoch', '1', 399);
      store.put('new', '1', 10_000);
      const same = await state.seal();
      const next = await state.seal();
      for (const epoch of [sealed, same, next]) await commit(backend, epoch);
      // The new window, and stream time.
      expect(await countStored(backend)).to.equal(2);
      expect(await collect(store.fetchAll(0, 20_000))).to.deep.equal([['new', 10_000, '1']]);
    });

    it('removes a bounded number a commit, and all of them in the end', async () => {
      const store = windows(state, 'w');
      for (let index = 0; index < 2_500; index++) store.put(`k${index}`, '', index % 900);
      await turn();
      const sizes: number[] = [];
      for (let at = 10_000; at < 10_004; at++) {
        store.put('new', '', at);
        const epoch = await state.seal();
        sizes.push(epoch.ops.length);
        await commit(backend, epoch);
      }
      expect(Math.max(...sizes)).to.be.at.most(1_002);
      expect(await countStored(backend)).to.equal(5);
    });

    it('knows stream time again after the task was opened anew', async () => {
      windows(state, 'w').put('a', '1', 5_000);
      await turn();
      state.close();
      state = await openTaskState(backend, [SPEC]);
      expect(windows(state, 'w').streamTimeMs).to.equal(5_000);
      expect(windows(state, 'w').put('a', 'late', 3_999)).to.equal(false);
      expect(await windows(state, 'w').fetch('a', 5_000)).to.equal('1');
    });

    it('commits stream time as its own epoch made it, and not a later one that runs already', async () => {
      const store = windows(state, 'w');
      store.put('a', '1', 5_000);
      state.advance('w');
      store.put('b', '1', 9_000);
      await turn();
      // A crash: the later epoch was never committed, and its records come again.
      state.close();
      state = await openTaskState(backend, [SPEC]);
      expect(windows(state, 'w').streamTimeMs).to.equal(5_000);
      expect(await windows(state, 'w').fetch('a', 5_000)).to.equal('1');
      expect(windows(state, 'w').put('c', '1', 4_500)).to.equal(true);
    });

    it('refuses a window start that is no time', () => {
      for (const start of [-1, 0.5, NaN]) expect(() => windows(state, 'w').put('a', '1', start)).to.throw().with.property('code', 'MILL_SERIALIZATION');
    });
  });
}
