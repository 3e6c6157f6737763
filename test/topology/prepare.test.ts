import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import { MillraceError } from '../../connectors/ports/index.ts';
import type { Serde } from '../../connectors/ports/index.ts';
import { Streams, StreamsBuilder, stringSerde } from '../../topology/index.ts';
import { drivers } from './support/drivers.ts';
import { CallGate } from './support/gate.ts';
import { readValues, writeValues } from './support/log.ts';
import { until } from './support/until.ts';

const text = { key: stringSerde, value: stringSerde };

/** Reads only words that it has looked up before. */
class Dictionary implements Serde<string> {
  readonly name = 'dictionary';
  readonly #known = new Set<string>();
  readonly #lookUp: (word: string) => Promise<boolean>;

  constructor(lookUp: (word: string) => Promise<boolean>) {
    this.#lookUp = lookUp;
  }

  serialize(word: string): Buffer {
    return Buffer.from(word);
  }

  deserialize(bytes: Buffer): string {
    const word = bytes.toString();
    if (!this.#known.has(word)) throw new MillraceError('MILL_SCHEMA_UNKNOWN', `${word} is no word`);
    return word;
  }

  prepare(bytes: Buffer): Promise<void> | undefined {
    const word = bytes.toString();
    return this.#known.has(word) ? undefined : this.#lookUp(word).then((exists) => { if (exists) this.#known.add(word); });
  }
}

const unavailable = new MillraceError('MILL_REGISTRY_UNAVAILABLE', 'drawn by the test');

for (const { name, open } of drivers) {
  describe(`A serde that looks up what it reads with, on the ${name} log`, () => {
    const start = async (serde: Serde<string>, words: readonly (readonly [string, string])[]) => {
      const driver = await open();
      await driver.ensureTopics(['in', 'other', 'out'].map((topic) => ({ topic, partitions: 1 })));
      const builder = new StreamsBuilder();
      builder.stream('in', { key: serde, value: serde }).to('out', text);
      builder.stream('other', text).to('out', text);
      const streams = new Streams(builder.build(), { applicationId: 'app', driver, reopenBackoffMs: 1 });
      await writeValues(driver, 'in', words, stringSerde);
      await streams.start();
      return { driver, streams, close: async () => { await streams.close(); await driver.close(); } };
    };

    it('is prepared for keys and values before it deserialises, and refuses what stays unknown', async () => {
      const asked: string[] = [];
      const serde = new Dictionary(async (word) => { asked.push(word); return word !== 'xyzzy'; });
      const { driver, streams, close } = await start(serde, [['a', 'one'], ['a', 'xyzzy'], ['xyzzy', 'two'], ['b', 'one']]);
      await streams.whenIdle();
      expect(await readValues(driver, 'out', stringSerde)).to.deep.equal(['one', 'one']);
      const letters = await driver.read({ topic: 'app-dead-letters', partition: 0 }, 0, 10);
      expect(letters.map(({ headers }) => headers['__streams.errors.code']?.toString())).to.deep.equal(['MILL_SCHEMA_UNKNOWN', 'MILL_SCHEMA_UNKNOWN']);
      expect([...new Set(asked)].sort()).to.deep.equal(['a', 'b', 'one', 'two', 'xyzzy']);
      await close();
    });

    it('waits with its task, and with no other, while the look-up fails: nothing is dead-lettered', async () => {
      let reachable = false;
      let failed = 0;
      const serde = new Dictionary(async () => {
        if (reachable) return true;
        failed++;
        throw unavailable;
      });
      const { driver, streams, close } = await start(serde, [['a', 'one'], ['b', 'two']]);
      await writeValues(driver, 'other', [['k', 'goes on']], stringSerde);
      await until(async () => failed > 20 && (await driver.endOffsets('out'))[0] === 1);
      expect(streams.metrics().tasks.find(({ task }) => task.subtopology === 'in')).to.deep.include({ lastError: unavailable });
      reachable = true;
      await streams.whenIdle();
      expect(await readValues(driver, 'out', stringSerde)).to.deep.equal(['goes on', 'one', 'two']);
      expect(await driver.endOffsets('app-dead-letters')).to.deep.equal([0]);
      await close();
    });

    it('neither holds up a graceful stop, nor spoils what that commits', async () => {
      const driver = await open();
      await driver.ensureTopics(['in', 'other', 'out'].map((topic) => ({ topic, partitions: 1 })));
      const gate = new CallGate();
      let fail: ((error: Error) => void) | undefined;
      const serde = new Dictionary(() => new Promise((_resolve, reject) => { fail = reject; }));
      const builder = new StreamsBuilder();
      builder.stream('in', { key: stringSerde, value: serde }).merge(builder.stream('other', text)).enrich(gate.call, { name: 'call' }).to('out', text);
      const streams = new Streams(builder.build(), { applicationId: 'app', driver, lingerMs: 60_000, commitIntervalMs: 60_000 });
      await writeValues(driver, 'in', [['k', 'unread']], stringSerde);
      await writeValues(driver, 'other', [['k', 'done']], stringSerde);
      await streams.start();
      await until(() => fail !== undefined && gate.running.length === 1);
      const closed = streams.close();
      await setImmediate();
      fail?.(unavailable);
      await setImmediate();
      await gate.finish('done');
      await closed;
      expect(await readValues(driver, 'out', stringSerde)).to.deep.equal(['done']);
      const positions = await driver.committedPositions(streams.groups[0]?.groupId ?? '');
      expect([positions.get('in/0') ?? 0, positions.get('other/0')]).to.deep.equal([0, 1]);
      await driver.close();
    });
  });
}
