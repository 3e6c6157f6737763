import { expect } from 'chai';
import { existsSync } from 'node:fs';
import { mkdir, open, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import Database from 'libsql';
import { INDEX_FILE, openSearchIndex, SCHEMA_VERSION } from '../../../../connectors/embedded/search/index.ts';
import { MillraceError } from '../../../../connectors/ports/index.ts';
import { moment } from '../../sample-documents.ts';
import { removeFolder, temporaryFolder } from '../../../support/folders.ts';

async function refusal(work: Promise<{ close(): Promise<void> }>): Promise<MillraceError> {
  try {
    await (await work).close();
  } catch (error) {
    if (error instanceof MillraceError) return error;
    throw error;
  }
  throw new Error('it opened');
}

describe('opening an embedded search index', () => {
  let root: string;
  let directory: string;
  let file: string;

  beforeEach(async () => {
    root = await temporaryFolder();
    directory = path.join(root, 'index');
    file = path.join(directory, INDEX_FILE);
  });
  afterEach(() => removeFolder(root));

  const create = async (): Promise<void> => {
    const index = await openSearchIndex({ directory });
    await index.write([{ type: 'moment', document: moment('m1', { text: 'words' }) }]);
    await index.close();
  };
  const change = (sql: string): void => {
    const database = new Database(file);
    database.exec(sql);
    database.close();
  };

  it('makes no index for a reader', async () => {
    const error = await refusal(openSearchIndex({ directory, readOnly: true }));
    expect(error.code).to.equal('MILL_INDEX_MISSING');
    expect(existsSync(directory)).to.equal(false);
  });

  it('lets a reader neither write nor change the file', async () => {
    await create();
    const before = await readFile(file);
    const index = await openSearchIndex({ directory, readOnly: true });
    const error: unknown = await index.write([{ type: 'moment', document: moment('m2') }]).then(() => undefined, (reason: unknown) => reason);
    expect(error).to.have.property('code', 'MILL_CONFIG_INVALID');
    expect((await index.counts()).moments).to.equal(1);
    await index.close();
    expect((await readFile(file)).equals(before)).to.equal(true);
  });

  it('refuses an index of a newer version, to writers and readers, and leaves it as it was', async () => {
    await create();
    change(`PRAGMA user_version = ${SCHEMA_VERSION + 1}`);
    for (const readOnly of [false, true]) {
      const error = await refusal(openSearchIndex({ directory, readOnly }));
      expect(error.code).to.equal('MILL_INDEX_VERSION');
      expect(error.message).to.include(String(SCHEMA_VERSION + 1));
    }
    change(`PRAGMA user_version = ${SCHEMA_VERSION}`);
    const index = await openSearchIndex({ directory });
    expect((await index.counts()).moments).to.equal(1);
    await index.close();
  });

  it('refuses a file that is no index', async () => {
    await mkdir(directory);
    await writeFile(file, 'this is no database, though it is long enough to look like one'.repeat(100));
    expect((await refusal(openSearchIndex({ directory }))).code).to.equal('MILL_STATE_CORRUPT');
  });

  it('refuses the database of another program', async () => {
    await mkdir(directory);
    change('CREATE TABLE bookmarks (url TEXT)');
    expect((await refusal(openSearchIndex({ directory }))).code).to.equal('MILL_STATE_CORRUPT');
  });

  it('says that the index is damaged when it meets damage', async () => {
    await create();
    const handle = await open(file, 'r+');
    const { size } = await handle.stat();
    // All but the first page, which holds the header and the schema.
    await handle.write(Buffer.alloc(size - 16_384, 0xa5), 0, size - 16_384, 16_384);
    await handle.close();
    const index = await openSearchIndex({ directory, readOnly: true });
    const error: unknown = await index.moments('asset-1').then(() => undefined, (reason: unknown) => reason);
    expect(error).to.have.property('code', 'MILL_STATE_CORRUPT');
    await index.close();
  });
});
