import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { bindingForNode, openRocksKeyValue } from '../../state/index.ts';
import { temporaryFolder } from '../support/folders.ts';

const MARKER = 'MILLRACE_STATE.json';
const key = Buffer.from('k');

async function fingerprint(directory: string): Promise<Record<string, string>> {
  const names = (await readdir(directory)).sort();
  return Object.fromEntries(await Promise.all(names.map(async (name) => [name, createHash('sha256').update(await readFile(join(directory, name))).digest('hex')] as const)));
}

const failureOf = (directory: string): Promise<unknown> => openRocksKeyValue({ directory, lockTimeoutMs: 0 }).then((opened) => opened.close(), (error: unknown) => error);

describe('guard of a state directory', () => {
  let directory: string;
  beforeEach(async () => { directory = await temporaryFolder(); });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  async function writeOne(): Promise<void> {
    const backend = await openRocksKeyValue({ directory });
    await backend.write([{ type: 'put', key, value: Buffer.from('v') }]);
    await backend.close();
  }

  it('chooses the binding by the version of Node', () => {
    expect(bindingForNode('20.20.2')).to.equal('rocksdb');
    expect(bindingForNode('22.0.0')).to.equal('@nxtedition/rocksdb');
    expect(bindingForNode('24.21.0')).to.equal('@nxtedition/rocksdb');
  });

  it('opens what the same binding wrote', async () => {
    await writeOne();
    expect(JSON.parse(await readFile(join(directory, MARKER), 'utf8'))).to.deep.equal({ binding: bindingForNode(), format: 1 });
    const again = await openRocksKeyValue({ directory });
    expect((await again.getMany([key]))[0]?.toString()).to.equal('v');
    await again.close();
  });

  for (const [what, marker] of [
    ['another binding', { binding: bindingForNode() === 'rocksdb' ? '@nxtedition/rocksdb' : 'rocksdb', format: 1 }],
    ['another format', { binding: bindingForNode(), format: 2 }],
  ] as const) {
    it(`refuses a directory of ${what}, and touches nothing in it`, async () => {
      await writeOne();
      await writeFile(join(directory, MARKER), JSON.stringify(marker));
      const before = await fingerprint(directory);
      expect(await failureOf(directory)).to.have.property('code', 'MILL_STATE_BINDING_MISMATCH');
      expect(await fingerprint(directory)).to.deep.equal(before);
    });
  }

  it('refuses RocksDB files of unknown origin, and touches nothing in it', async () => {
    await writeOne();
    await rm(join(directory, MARKER));
    const before = await fingerprint(directory);
    expect(await failureOf(directory)).to.have.property('code', 'MILL_STATE_BINDING_MISMATCH');
    expect(await fingerprint(directory)).to.deep.equal(before);
  });

  it('opens a directory in which a process was killed between the marker and the first open', async () => {
    await writeFile(join(directory, MARKER), JSON.stringify({ binding: bindingForNode(), format: 1 }));
    await writeFile(join(directory, `${MARKER}.left-over.tmp`), '{"bind');
    await writeOne();
  });

  it('says that a marker or a database is corrupt', async () => {
    await writeOne();
    const marker = await readFile(join(directory, MARKER));
    await writeFile(join(directory, MARKER), '{"binding');
    expect(await failureOf(directory)).to.have.property('code', 'MILL_STATE_CORRUPT');
    await writeFile(join(directory, MARKER), marker);
    const manifest = (await readdir(directory)).find((name) => name.startsWith('MANIFEST')) as string;
    await writeFile(join(directory, manifest), Buffer.alloc(200, 0x5a));
    expect(await failureOf(directory)).to.have.property('code', 'MILL_STATE_CORRUPT');
  });

  it('says that a path cannot be a directory, and that options are wrong', async () => {
    await mkdir(join(directory, 'sub'));
    await writeFile(join(directory, 'sub', 'file'), '');
    expect(await failureOf(join(directory, 'sub', 'file'))).to.have.property('code', 'MILL_STATE_IO');
    expect(await failureOf('')).to.have.property('code', 'MILL_CONFIG_INVALID');
  });
});
