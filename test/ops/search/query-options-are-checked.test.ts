import { expect } from 'chai';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { MillraceError } from '../../../connectors/ports/index.ts';
import { compileFilter, parseTime, readQueryImage } from '../../../ops/search/index.ts';
import { removeFolder, temporaryFolder } from '../../support/folders.ts';

const refusal = (work: () => unknown): MillraceError => {
  try {
    work();
  } catch (error) {
    if (error instanceof MillraceError) return error;
    throw error;
  }
  throw new Error('it was accepted');
};

describe('search options', () => {
  it('take times in the usual forms', () => {
    const cases: readonly (readonly [string, number])[] = [['0', 0], ['90', 90_000], ['90s', 90_000], ['1:30', 90_000], ['01:02:03', 3_723_000], ['1:02:03.5', 3_723_500], ['0,25', 250], ['75:00', 4_500_000]];
    for (const [text, ms] of cases) expect(parseTime('--from', text), text).to.equal(ms);
  });

  it('refuse other times by name, with an example', () => {
    for (const text of ['', 'abc', '-5', '1:60', '1:2:60', '1:60:00', '1:2:3:4', '1:', ':30', '1.2345', '1e9', 'NaN', '99999999', '1m30s', '0x10']) {
      const error = refusal(() => parseTime('--from', text));
      expect(error.code, text).to.equal('MILL_CONFIG_INVALID');
      expect(error.message).to.include('--from').and.to.include('1:30');
    }
  });

  it('become a filter with only what was given', () => {
    expect(compileFilter({})).to.deep.equal({});
    expect(compileFilter({ kind: 'Video,photo', modality: ['speech'], asset: 'a,b', tag: ['Dog', 'lawn,tree'], library: 'l', from: '1:00', to: '2:00' })).to.deep.equal({
      kinds: ['VIDEO', 'IMAGE'], modalities: ['speech'], assetIds: ['a,b'], tags: ['Dog', 'lawn', 'tree'], library: 'l', fromMs: 60_000, toMs: 120_000,
    });
  });

  it('refuse what has no meaning', () => {
    expect(refusal(() => compileFilter({ kind: 'film' })).message).to.include('--kind takes video, audio').and.to.include('"film"');
    expect(refusal(() => compileFilter({ kind: 'constructor' })).code).to.equal('MILL_CONFIG_INVALID');
    expect(refusal(() => compileFilter({ modality: 'smell' })).message).to.include('--modality');
    expect(refusal(() => compileFilter({ tag: ',' })).message).to.include('--tag');
    expect(refusal(() => compileFilter({ from: '2:00', to: '1:00' })).message).to.include('--from (2:00) must be before --to (1:00)');
    expect(refusal(() => compileFilter({ from: '10', to: '10' })).code).to.equal('MILL_CONFIG_INVALID');
  });

  it('read the image, and say what is wrong with it', async () => {
    const directory = await temporaryFolder();
    try {
      const file = path.join(directory, 'query.jpg');
      await writeFile(file, 'bytes');
      expect(Buffer.from(await readQueryImage(file)).toString()).to.equal('bytes');
      await writeFile(file, '');
      const code = (target: string): Promise<unknown> => readQueryImage(target).then(() => undefined, (error: unknown) => (error instanceof MillraceError ? error.code : error));
      expect(await code(file)).to.equal('MILL_MEDIA_EMPTY');
      expect(await code(path.join(directory, 'missing.jpg'))).to.equal('MILL_SOURCE_NOT_FOUND');
      expect(await code(directory)).to.equal('MILL_SOURCE_NOT_FOUND');
    } finally {
      await removeFolder(directory);
    }
  });
});
