import { expect } from 'chai';
import type { KeyRange, OrderedKeyValue, WriteOp } from '../../connectors/ports/index.ts';
import { BACKENDS } from './backends.ts';
import type { OpenedBackend } from './backends.ts';

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');
const put = (key: string, value: string): WriteOp => ({ type: 'put', key: bytes(key), value: bytes(value) });
const del = (key: string): WriteOp => ({ type: 'del', key: bytes(key) });

async function scan(backend: OrderedKeyValue, gte: string, lt: string, more: Partial<KeyRange> = {}): Promise<string[]> {
  const found: string[] = [];
  for await (const [key, value] of backend.iterate({ gte: bytes(gte), lt: bytes(lt), ...more })) found.push(`${key.toString('latin1')}=${value.toString('latin1')}`);
  return found;
}

for (const [name, open] of BACKENDS) {
  describe(`ordered key-value contract on ${name}`, () => {
    let opened: OpenedBackend;
    let backend: OrderedKeyValue;
    beforeEach(async () => { opened = await open(); ({ backend } = opened); });
    afterEach(() => opened.dispose());

    it('returns values in the order of the keys asked for, undefined where absent', async () => {
      await backend.write([put('a', '1'), put('c', '3')]);
      expect((await backend.getMany([bytes('c'), bytes('b'), bytes('a')])).map((value) => value?.toString())).to.deep.equal(['3', undefined, '1']);
      expect(await backend.getMany([])).to.deep.equal([]);
    });

    it('keeps empty values apart from absent ones', async () => {
      await backend.write([put('empty', '')]);
      const [value] = await backend.getMany([bytes('empty')]);
      expect(value).to.have.length(0);
      expect(await scan(backend, 'e', 'f')).to.deep.equal(['empty=']);
    });

    it('applies the operations of a batch in order', async () => {
      await backend.write([put('a', '1'), put('a', '2'), put('b', '1'), del('b'), del('c'), put('c', '1')]);
      expect(await scan(backend, '', 'z')).to.deep.equal(['a=2', 'c=1']);
    });

    it('iterates [gte, lt) in byte order, both ways, with a limit', async () => {
      await backend.write(['\x00', 'a', 'aa', 'b', '\x7f', '\x80', '\xff'].map((key) => put(key, '.')));
      expect(await scan(backend, 'a', 'b')).to.deep.equal(['a=.', 'aa=.']);
      expect(await scan(backend, '\x00', '\xff')).to.deep.equal(['\x00=.', 'a=.', 'aa=.', 'b=.', '\x7f=.', '\x80=.']);
      expect(await scan(backend, '\x00', '\xff', { reverse: true })).to.deep.equal(['\x80=.', '\x7f=.', 'b=.', 'aa=.', 'a=.', '\x00=.']);
      expect(await scan(backend, 'a', '\xff', { reverse: true, limit: 2 })).to.deep.equal(['\x80=.', '\x7f=.']);
      expect(await scan(backend, 'a', '\xff', { limit: 0 })).to.deep.equal([]);
      expect(await scan(backend, 'c', 'd')).to.deep.equal([]);
    });

    it('iterates the snapshot of the moment when iteration started', async () => {
      const keys = Array.from({ length: 2_000 }, (_, index) => `k${String(index).padStart(5, '0')}`);
      await backend.write(keys.map((key) => put(key, 'old')));
      const iterator = backend.iterate({ gte: bytes('k'), lt: bytes('l') })[Symbol.asyncIterator]();
      const seen = [await iterator.next()];
      await backend.write([...keys.map((key) => put(key, 'new')), put('k00000x', 'new'), del('k01999')]);
      for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) seen.push(next);
      const values = seen.map(({ value }) => (value as [Buffer, Buffer])[1].toString());
      expect(values).to.have.length(2_000);
      expect(new Set(values)).to.deep.equal(new Set(['old']));
      expect(await scan(backend, 'k00000', 'k00001')).to.deep.equal(['k00000=new', 'k00000x=new']);
    });

    it('agrees with a plain sorted map over many random batches', async () => {
      const model = new Map<string, string>();
      let seed = 7;
      const random = (below: number): number => { seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648; return Math.floor(seed / 65_536) % below; };
      for (let batch = 0; batch < 60; batch++) {
        const ops = Array.from({ length: 100 }, () => {
          const key = `k${random(3_000)}`;
          return random(4) === 0 ? del(key) : put(key, String(random(1_000)));
        });
        for (const op of ops) {
          if (op.type === 'put') model.set(op.key.toString(), op.value.toString());
          else model.delete(op.key.toString());
        }
        await backend.write(ops);
        const from = `k${random(3_000)}`;
        const expected = [...model].filter(([key]) => key >= from && key < 'k9').sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, value]) => `${key}=${value}`);
        expect(await scan(backend, from, 'k9')).to.deep.equal(expected);
        expect(await scan(backend, from, 'k9', { reverse: true })).to.deep.equal(expected.reverse());
      }
    });

    it('writes with sync', async () => {
      await backend.write([put('a', '1')], { sync: true });
      expect(await scan(backend, 'a', 'b')).to.deep.equal(['a=1']);
    });

    it('stops an iteration early, and closes with one open', async () => {
      await backend.write(Array.from({ length: 500 }, (_, index) => put(`k${index}`, 'v')));
      for await (const [key] of backend.iterate({ gte: bytes('k'), lt: bytes('l') })) {
        expect(key.toString()).to.equal('k0');
        break;
      }
      const iterator = backend.iterate({ gte: bytes('k'), lt: bytes('l') })[Symbol.asyncIterator]();
      await iterator.next();
      await backend.close();
      await iterator.return?.();
    });

    it('refuses every use after close, and closes twice', async () => {
      await backend.close();
      await backend.close();
      for (const use of [() => backend.getMany([bytes('a')]), () => backend.write([put('a', '1')]), () => scan(backend, 'a', 'b')]) {
        const error = await use().then(() => undefined, (reason: unknown) => reason);
        expect(error).to.have.property('code', 'MILL_CLOSED');
      }
    });
  });
}
