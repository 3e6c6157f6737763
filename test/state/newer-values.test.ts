import { expect } from 'chai';
import { MillraceError, type Serde } from '../../connectors/ports/index.ts';
import { keyValueStore, openTaskState, windowStore } from '../../state/index.ts';
import { BACKENDS } from './backends.ts';
import { collect, commit, keyValue, text, windows } from './support.ts';

/** Reads only what it has looked up, as a serde does whose schemas are in a registry. */
class LookedUp implements Serde<string> {
  readonly name = 'looked-up';
  readonly #known = new Set<string>();

  serialize(value: string): Buffer {
    return Buffer.from(value);
  }

  deserialize(bytes: Buffer): string {
    if (!this.#known.has(bytes.toString())) throw new MillraceError('MILL_SCHEMA_UNKNOWN', bytes.toString());
    return bytes.toString();
  }

  prepare(bytes: Buffer): Promise<void> | undefined {
    const value = bytes.toString();
    if (this.#known.has(value)) return undefined;
    return Promise.resolve().then(() => { if (value !== 'unknown') this.#known.add(value); });
  }
}

for (const [name, open] of BACKENDS) {
  describe(`Values that a newer version wrote, on ${name}`, () => {
    const reopened = async (use: (state: Awaited<ReturnType<typeof openTaskState>>) => Promise<void>): Promise<void> => {
      const opened = await open();
      const specs = (serde: () => Serde<string>) => [
        keyValueStore({ name: 'kv', key: text, value: serde() }),
        keyValueStore({ name: 'ttl', key: serde(), value: serde(), ttlMs: 1000 }),
        windowStore({ name: 'w', key: serde(), value: serde(), retentionMs: 1000, segmentMs: 400 }),
      ];
      const newer = await openTaskState(opened.backend, specs(() => text), { nowMs: () => 0 });
      for (const value of ['1', '2', 'unknown']) {
        keyValue(newer, 'kv').put(`k${value}`, value);
        keyValue(newer, 'ttl').put(`k${value}`, value);
        windows(newer, 'w').put('k', value, value === 'unknown' ? 300 : Number(value));
      }
      await commit(opened.backend, await newer.seal());
      newer.close();
      await use(await openTaskState(opened.backend, specs(() => new LookedUp()), { nowMs: () => 0 }));
      await opened.dispose();
    };

    it('are looked up by whatever reads them', async () => {
      await reopened(async (state) => { expect(await keyValue(state, 'kv').get('k1')).to.equal('1'); });
      await reopened(async (state) => { expect(await keyValue(state, 'kv').getMany(['k1', 'none', 'k2'])).to.deep.equal(['1', undefined, '2']); });
      await reopened(async (state) => { expect(await collect(keyValue(state, 'ttl').range('k1', 'k3'))).to.deep.equal([['k1', '1'], ['k2', '2']]); });
      await reopened(async (state) => { expect(await windows(state, 'w').fetch('k', 2)).to.equal('2'); });
      await reopened(async (state) => { expect(await collect(windows(state, 'w').fetchRange('k', 0, 2))).to.deep.equal([[1, '1'], [2, '2']]); });
      await reopened(async (state) => { expect(await collect(windows(state, 'w').fetchAll(0, 2))).to.deep.equal([['k', 1, '1'], ['k', 2, '2']]); });
    });

    it('are refused when nobody knows them', async () => {
      await reopened(async (state) => {
        const refusal = await keyValue(state, 'kv').get('kunknown').then(() => undefined, (error: unknown) => error);
        expect(refusal).to.be.instanceOf(MillraceError).with.property('code', 'MILL_SCHEMA_UNKNOWN');
      });
    });
  });
}
