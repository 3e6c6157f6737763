import { expect } from 'chai';
import type { OrderedKeyValue } from '../../connectors/ports/index.ts';
import { keyValueStore, openTaskState } from '../../state/index.ts';
import type { TaskState } from '../../state/index.ts';
import { BACKENDS } from './backends.ts';
import type { OpenedBackend } from './backends.ts';
import { collect, commit, countStored, keyValue, text } from './support.ts';

const SPEC = keyValueStore({ name: 'marks', key: text, value: text, ttlMs: 1_000 });

for (const [name, open] of BACKENDS) {
  describe(`time to live on ${name}`, () => {
    let opened: OpenedBackend;
    let backend: OrderedKeyValue;
    let nowMs: number;
    beforeEach(async () => { opened = await open(); ({ backend } = opened); nowMs = 1_000_000; });
    afterEach(() => opened.dispose());
    const openState = (): Promise<TaskState> => openTaskState(backend, [SPEC], { nowMs: () => nowMs });
    /** Seals and commits, as a task does once in a while. */
    const turn = async (state: TaskState): Promise<number> => {
      const epoch = await state.seal();
      await commit(backend, epoch);
      return epoch.ops.length;
    };

    it('hides an entry when its time is over, and leaves nothing of it behind', async () => {
      const state = await openState();
      const store = keyValue(state, 'marks');
      store.put('a', '1');
      await turn(state);
      nowMs += 999;
      expect(await store.get('a')).to.equal('1');
      nowMs += 1;
      expect(await store.get('a')).to.equal(undefined);
      expect(await collect(store.all())).to.deep.equal([]);
      await turn(state);
      expect(await countStored(backend)).to.equal(0);
    });

    it('counts from the last put', async () => {
      const state = await openState();
      const store = keyValue(state, 'marks');
      store.put('refreshed', '1');
      store.put('deleted', '1');
      await turn(state);
      nowMs += 600;
      store.put('refreshed', '2');
      store.delete('deleted');
      await turn(state);
      nowMs += 600;
      store.put('other', '1');
      await turn(state);
      expect(await collect(store.all())).to.deep.equal([['other', '1'], ['refreshed', '2']]);
      nowMs += 400;
      await turn(state);
      expect(await collect(store.all())).to.deep.equal([['other', '1']]);
      nowMs += 600;
      await turn(state);
      expect(await countStored(backend)).to.equal(0);
    });

    it('keeps an expired key that the very same epoch puts again', async () => {
      const state = await openState();
      const store = keyValue(state, 'marks');
      store.put('a', '1');
      await turn(state);
      nowMs += 2_000;
      store.put('a', '2');
      await turn(state);
      expect(await store.get('a')).to.equal('2');
      nowMs += 1_000;
      await turn(state);
      expect(await countStored(backend)).to.equal(0);
    });

    it('sees refreshes in epochs that are sealed but not committed', async () => {
      const state = await openState();
      const store = keyValue(state, 'marks');
      store.put('a', '1');
      await turn(state);
      nowMs += 900;
      store.put('a', '2');
      const refreshing = await state.seal();
      nowMs += 200;
      const expiring = await state.seal();
      await commit(backend, refreshing);
      await commit(backend, expiring);
      expect(await store.get('a')).to.equal('2');
    });

    it('removes a bounded number a commit, and all of them in the end', async () => {
      const state = await openState();
      const store = keyValue(state, 'marks');
      for (let epoch = 0; epoch < 6; epoch++) {
        for (let index = 0; index < 1_000; index++) store.put(`${epoch}:${index}`, '');
        await turn(state);
        nowMs++;
      }
      // A few index rows an epoch, and not one a key.
      expect(await countStored(backend)).to.be.within(6_000, 6_030);
      nowMs += 5_000;
      const turns: number[] = [];
      for (let ops = await turn(state); ops > 0; ops = await turn(state)) turns.push(ops);
      expect(Math.max(...turns)).to.be.below(1_300);
      expect(turns.length).to.be.at.least(5);
      expect(await countStored(backend)).to.equal(0);
    });

    it('goes on with expiry after the task was opened anew', async () => {
      const first = await openState();
      keyValue(first, 'marks').put('a', '1');
      await turn(first);
      first.close();
      nowMs += 500;
      const second = await openState();
      keyValue(second, 'marks').put('b', '1');
      await turn(second);
      nowMs += 500;
      await turn(second);
      expect(await collect(keyValue(second, 'marks').all())).to.deep.equal([['b', '1']]);
      nowMs += 500;
      await turn(second);
      expect(await countStored(backend)).to.equal(0);
    });

    it('does not lose entries when the clock goes back', async () => {
      const state = await openState();
      const store = keyValue(state, 'marks');
      store.put('a', '1');
      await turn(state);
      nowMs -= 10_000;
      store.put('b', '1');
      await turn(state);
      expect(await store.getMany(['a', 'b'])).to.deep.equal(['1', '1']);
      nowMs += 20_000;
      await turn(state);
      expect(await countStored(backend)).to.equal(0);
    });
  });
}
