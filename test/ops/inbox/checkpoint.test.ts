import { expect } from 'chai';
import { appendFile, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { MillraceError } from '../../../connectors/ports/index.ts';
import { Checkpoint } from '../../../ops/inbox/index.ts';
import { withTemporaryFolder } from '../../support/folders.ts';

const withFile = (use: (file: string) => Promise<void>): Promise<void> => withTemporaryFolder((folder) => use(path.join(folder, 'inbox', 'bucket.journal')));

async function reading<T>(file: string, read: (checkpoint: Checkpoint) => T | Promise<T>): Promise<T> {
  const checkpoint = await Checkpoint.open(file);
  try {
    return await read(checkpoint);
  } finally {
    await checkpoint.close();
  }
}

describe('the checkpoint of an inbox', () => {
  it('knows after a restart what was put and what was forgotten', () => withFile(async (file) => {
    await reading(file, async (checkpoint) => {
      await Promise.all(Array.from({ length: 100 }, (_, i) => checkpoint.put(`key "${i}"\n`, `id-${i}`)));
      await checkpoint.put('key "1"\n', 'newer');
      await checkpoint.forget(['key "2"\n', 'never there']);
    });
    await reading(file, (checkpoint) => {
      expect(checkpoint.size).to.equal(99);
      expect([0, 1, 2].map((i) => checkpoint.get(`key "${i}"\n`))).to.deep.equal(['id-0', 'newer', undefined]);
    });
  }));

  it('has a put on the disk before it resolves, and loses nothing but a line that is not whole', () => withFile(async (file) => {
    await reading(file, async (checkpoint) => {
      await checkpoint.put('a', '1');
      expect(await readFile(file, 'utf8')).to.equal('["a","1"]\n');
    });
    await appendFile(file, '["b","2');
    await reading(file, async (checkpoint) => {
      expect([checkpoint.get('a'), checkpoint.get('b')]).to.deep.equal(['1', undefined]);
      await checkpoint.put('c', '3');
    });
    await reading(file, (checkpoint) => { expect([...checkpoint.keys()]).to.deep.equal(['a', 'c']); });
  }));

  it('has one line for each key, whatever ends lines elsewhere', () => withFile(async (file) => {
    const keys = ['a\u2028b', 'a\u2029b', 'a\rb', 'a\u0085b', 'a\vb'];
    await reading(file, (checkpoint) => Promise.all(keys.map((key) => checkpoint.put(key, key))));
    // Which of these a reader of lines takes for their end differs between versions of Node.
    expect(await readFile(file, 'utf8')).to.not.match(/[\u2028\u2029\r]/);
    await reading(file, (checkpoint) => { expect(keys.map((key) => checkpoint.get(key))).to.deep.equal(keys); });
  }));

  it('is written anew when most of it is superseded', () => withFile(async (file) => {
    await reading(file, async (checkpoint) => {
      for (let round = 0; round < 120; round++) await Promise.all(Array.from({ length: 100 }, (_, i) => checkpoint.put(`${i}`, `${round}`)));
      const { size } = await stat(file);
      await checkpoint.compact();
      expect((await stat(file)).size).to.be.lessThan(size / 50);
      await checkpoint.put('after', 'it');
    });
    await reading(file, (checkpoint) => { expect([checkpoint.size, checkpoint.get('7'), checkpoint.get('after')]).to.deep.equal([101, '119', 'it']); });
  }));

  it('has one owner', () => withFile((file) => reading(file, async () => {
    const error: unknown = await Checkpoint.open(file).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(MillraceError).with.property('code', 'MILL_STATE_LOCKED');
  })));
});
