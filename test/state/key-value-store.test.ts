import { expect } from 'chai';
import type { OrderedKeyValue } from '../../connectors/ports/index.ts';
import { keyValueStore, openTaskState, scoped } from '../../state/index.ts';
import type { KeyValueStore } from '../../state/index.ts';
import { BACKENDS } from './backends.ts';
import type { OpenedBackend } from './backends.ts';
import { collect, commit, countStored, json, keyValue, text } from './support.ts';

const SPEC = keyValueStore({ name: 'kv', key: text, value: text });

for (const [name, open] of BACKENDS) {
  describe(`key-value store on ${name}`, () => {
    let opened: OpenedBackend;
    let backend: OrderedKeyValue;
    beforeEach(async () => { opened = await open(); ({ backend } = opened); });
    afterEach(() => opened.dispose());

    it('reads its own writes, and shows nothing to the backend before the commit', async () => {
      const state = await openTaskState(backend, [SPEC]);
      const store = keyValue(state, 'kv');
      store.put('a', '1');
      store.put('', 'empty key');
      expect(await store.getMany(['a', 'b', ''])).to.deep.equal(['1', undefined, 'empty key']);
      expect(await countStored(backend)).to.equal(0);
      await commit(backend, await state.seal());
      expect(await countStored(backend)).to.equal(2);
      expect(await store.get('a')).to.equal('1');
      expect(state.bufferedWrites).to.equal(0);
      expect(state.bufferedBytes).to.equal(0);
    });

    it('keeps the value as it was when it was put', async () => {
      const state = await openTaskState(backend, [keyValueStore({ name: 'json', key: text, value: json })]);
      const store = state.store('json') as KeyValueStore<string, { n: number }>;
      const value = { n: 1 };
      store.put('a', value);
      value.n = 2;
      expect(await store.get('a')).to.deep.equal({ n: 1 });
    });

    it('reads through the open layer, then sealed layers newest first, then the backend', async () => {
      const state = await openTaskState(backend, [SPEC]);
      const store = keyValue(state, 'kv');
      for (const key of ['a', 'b', 'c', 'd']) store.put(key, 'stored');
      await commit(backend, await state.seal());
      store.put('b', 'older');
      store.put('c', 'older');
      const older = await state.seal();
      store.delete('c');
      store.put('cc', 'newer');
      const newer = await state.seal();
      store.put('d', 'open');
      store.put('e', 'open');
      const expected = [['a', 'stored'], ['b', 'older'], ['cc', 'newer'], ['d', 'open'], ['e', 'open']];
      const view = async (): Promise<void> => {
        expect(await store.getMany(['a', 'b', 'c', 'cc', 'd', 'e'])).to.deep.equal(['stored', 'older', undefined, 'newer', 'open', 'open']);
        expect(await collect(store.all())).to.deep.equal(expected);
        expect(await collect(store.all({ reverse: true }))).to.deep.equal([...expected].reverse());
        expect(await collect(store.range('b', 'd'))).to.deep.equal(expected.slice(1, 3));
        expect(await collect(store.range('b', undefined, { limit: 3 }))).to.deep.equal(expected.slice(1, 4));
        expect(await collect(store.range(undefined, 'e', { reverse: true, limit: 2 }))).to.deep.equal([['d', 'open'], ['cc', 'newer']]);
        expect(await collect(store.prefix(Buffer.from('c')))).to.deep.equal([['cc', 'newer']]);
      };
      await view();
      await commit(backend, older);
      await view();
      await commit(backend, newer);
      await view();
      await commit(backend, await state.seal());
      await view();
    });

    it('withdraws one write, so that the former value shows and nothing of it is committed', async () => {
      const state = await openTaskState(backend, [SPEC]);
      const store = keyValue(state, 'kv');
      store.put('stored', 'old');
      await commit(backend, await state.seal());
      const writes = [store.putRevocable('stored', 'new'), store.putRevocable('fresh', 'new')];
      store.put('same epoch', 'first');
      writes.push(store.putRevocable('same epoch', 'second'));
      expect(await store.getMany(['stored', 'fresh', 'same epoch'])).to.deep.equal(['new', 'new', 'second']);
      for (const write of writes) write.withdraw();
      expect(await store.getMany(['stored', 'fresh', 'same epoch'])).to.deep.equal(['old', undefined, 'first']);
      expect(await collect(store.all())).to.deep.equal([['same epoch', 'first'], ['stored', 'old']]);
      expect((await state.seal()).ops).to.have.length(1);
    });

    it('withdraws in any order, and never a later write', async () => {
      const state = await openTaskState(backend, [SPEC]);
      const store = keyValue(state, 'kv');
      const first = store.putRevocable('k', '1');
      const second = store.putRevocable('k', '2');
      first.withdraw();
      expect(await store.get('k')).to.equal('2');
      second.withdraw();
      expect(await store.get('k')).to.equal(undefined);
      const replaced = store.putRevocable('k', '3');
      store.put('k', '4');
      replaced.withdraw();
      replaced.withdraw();
      expect(await store.get('k')).to.equal('4');
    });

    it('withdraws from the epoch of the write, also when the store has gone on to the next; not once it is sealed', async () => {
      const state = await openTaskState(backend, [SPEC]);
      const store = keyValue(state, 'kv');
      const taken = store.putRevocable('taken', '1');
      const late = store.putRevocable('late', '1');
      state.advance('kv');
      store.put('next', '2');
      taken.withdraw();
      const sealed = await state.seal();
      late.withdraw();
      expect(sealed.ops.map(({ key }) => key.toString().slice(-4))).to.deep.equal(['late']);
      expect(await store.getMany(['taken', 'late', 'next'])).to.deep.equal([undefined, '1', '2']);
    });

    it('puts a write into the epoch of its store where epochs overlap', async () => {
      const state = await openTaskState(backend, [SPEC, keyValueStore({ name: 'behind', key: text, value: text })]);
      keyValue(state, 'kv').put('a', 'first');
      state.advance('kv');
      keyValue(state, 'kv').put('b', 'second');
      keyValue(state, 'behind').put('c', 'first');
      const values = (ops: readonly { type: string; value?: Buffer }[]): string[] => ops.map(({ value }) => String(value));
      expect(values((await state.seal()).ops)).to.deep.equal(['first', 'first']);
      expect(values((await state.seal()).ops)).to.deep.equal(['second']);
      expect((await state.seal()).ops).to.deep.equal([]);
    });

    it('closes a layer in the call of seal, not when its promise resolves', async () => {
      const state = await openTaskState(backend, [SPEC]);
      const store = keyValue(state, 'kv');
      store.put('a', '1');
      const sealing = state.seal();
      store.put('b', '2');
      expect((await sealing).ops).to.have.length(1);
      expect((await state.seal()).ops).to.have.length(1);
    });

    it('forgets every layer at a dirty close, and refuses to be used', async () => {
      const state = await openTaskState(backend, [SPEC]);
      const store = keyValue(state, 'kv');
      store.put('a', 'committed');
      await commit(backend, await state.seal());
      store.put('a', 'sealed');
      await state.seal();
      store.put('b', 'open');
      state.close();
      expect(() => { store.put('c', '1'); }).to.throw().with.property('code', 'MILL_CLOSED');
      expect(await store.get('a').catch((error: unknown) => error)).to.have.property('code', 'MILL_CLOSED');
      const again = await openTaskState(backend, [SPEC]);
      expect(await collect(keyValue(again, 'kv').all())).to.deep.equal([['a', 'committed']]);
    });

    it('agrees with a plain map over random writes, withdrawals, seals and commits', async () => {
      const state = await openTaskState(scoped(backend, Buffer.from([1, 2])), [SPEC]);
      const target = scoped(backend, Buffer.from([1, 2]));
      const store = keyValue(state, 'kv');
      const model = new Map<string, string>();
      const pending: Awaited<ReturnType<typeof state.seal>>[] = [];
      let seed = 11;
      const random = (below: number): number => { seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648; return Math.floor(seed / 65_536) % below; };
      for (let step = 0; step < 3_000; step++) {
        const key = `k${random(60)}`;
        const kind = random(100);
        if (kind < 55) { store.put(key, String(step)); model.set(key, String(step)); }
        else if (kind < 75) { store.delete(key); model.delete(key); }
        else if (kind < 85) store.putRevocable(key, 'withdrawn').withdraw();
        else if (kind < 88) pending.push(await state.seal());
        else if (kind < 91) { const oldest = pending.shift(); if (oldest !== undefined) await commit(target, oldest); }
        else if (kind < 96) expect(await store.get(key)).to.equal(model.get(key));
        else {
          const expected = [...model].filter(([each]) => each >= key).sort(([a], [b]) => (a < b ? -1 : 1));
          const limit = 1 + random(20);
          expect(await collect(store.range(key, undefined, { limit }))).to.deep.equal(expected.slice(0, limit));
          expect(await collect(store.range(key, undefined, { reverse: true, limit }))).to.deep.equal(expected.reverse().slice(0, limit));
        }
      }
      expect(pending.length).to.be.greaterThan(0);
    });
  });
}

describe('stores of a task', () => {
  it('refuses names that are taken, unknown or no names', async () => {
    const backend = (await (BACKENDS[0] as (typeof BACKENDS)[number])[1]()).backend;
    const failure = await openTaskState(backend, [SPEC, SPEC]).catch((error: unknown) => error);
    expect(failure).to.have.property('code', 'MILL_TOPOLOGY_INVALID');
    const state = await openTaskState(backend, [SPEC]);
    expect(() => state.store('other')).to.throw().with.property('code', 'MILL_TOPOLOGY_INVALID');
    for (const name of ['', 'a b', 'a\0b', 'a/b']) expect(() => keyValueStore({ name, key: text, value: text })).to.throw().with.property('code', 'MILL_CONFIG_INVALID');
    expect(() => keyValueStore({ name: 'a', key: text, value: text, ttlMs: 0 })).to.throw().with.property('code', 'MILL_CONFIG_INVALID');
  });

  it('keeps stores apart whose names share a beginning', async () => {
    const backend = (await (BACKENDS[0] as (typeof BACKENDS)[number])[1]()).backend;
    const state = await openTaskState(backend, ['a', 'ab', 'abd'].map((name) => keyValueStore({ name, key: text, value: text })));
    for (const name of ['a', 'ab', 'abd']) keyValue(state, name).put(name, name);
    await commit(backend, await state.seal());
    for (const name of ['a', 'ab', 'abd']) expect(await collect(keyValue(state, name).all())).to.deep.equal([[name, name]]);
  });
});
