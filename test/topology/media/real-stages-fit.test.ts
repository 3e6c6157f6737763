import { expect } from 'chai';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import sharp from 'sharp';
import { openFileBlobStore, openSearchIndex } from '../../../connectors/embedded/index.ts';
import type { BlobStore, SearchIndex } from '../../../connectors/ports/index.ts';
import { openModelHost } from '../../../processors/inference/index.ts';
import type { ModelHost } from '../../../processors/inference/index.ts';
import type { AssetSubmitted } from '../../../schemas/index.ts';
import { buildMediaTopology, createMediaServices, needsOf, TOPICS } from '../../../topology/media/index.ts';
import { TopologyTestDriver } from '../../../topology/testing/index.ts';
import { removeFolder, temporaryFolder } from '../../support/folders.ts';

/** The stages that ship with Millrace, on a machine where no model is installed. */
describe('media topology: the real stages', () => {
  let directory: string;
  let index: SearchIndex;
  let blobs: BlobStore;
  let models: ModelHost;
  let driver: TopologyTestDriver;

  beforeEach(async () => {
    directory = await temporaryFolder();
    await mkdir(path.join(directory, 'models'));
    index = await openSearchIndex({ directory: path.join(directory, 'index') });
    blobs = await openFileBlobStore({ directory: path.join(directory, 'blobs') });
    models = await openModelHost({ modelsDirectory: path.join(directory, 'models') });
    driver = new TopologyTestDriver(buildMediaTopology({ services: createMediaServices({ blobs, models, searchIndex: index }) }), { deadLetterTopic: TOPICS.deadLetters });
  });
  afterEach(async () => {
    await driver.close();
    await models.close();
    await index.close();
    await removeFolder(directory);
  });

  async function submit(fileName: string, bytes: Uint8Array | string): Promise<void> {
    const file = path.join(directory, fileName);
    await writeFile(file, bytes);
    const event: AssetSubmitted = {
      eventId: fileName, assetId: fileName, library: 'home', priority: 'LIVE', sourceUri: pathToFileURL(file).href, fileName,
      sizeBytes: null, modifiedAtMs: null, submittedAtMs: 1, attributes: {},
    };
    driver.input(TOPICS.assets, fileName, event);
  }

  it('fit together: good files end with a document that names the missing models, bad ones are rejected', async () => {
    await submit('poem.txt', 'The mill turns by the river.\n');
    await submit('red.png', await sharp({ create: { width: 64, height: 48, channels: 3, background: 'red' } }).png().toBuffer());
    await submit('empty.mp4', '');
    await submit('words.mp4', 'This is no film.');
    await driver.drain();

    const documents = new Map((await index.assets(['poem.txt', 'red.png', 'empty.mp4', 'words.mp4'])).map((document) => [document.assetId, document]));
    expect(documents.get('poem.txt')).to.deep.include({ state: 'PARTIAL', mediaKind: 'TEXT' });
    expect(documents.get('red.png')).to.deep.include({ state: 'PARTIAL', mediaKind: 'IMAGE' });
    const { reasons } = documents.get('red.png')?.body as { reasons: string[] };
    expect(reasons.map((reason) => reason.split(':')[0])).to.deep.equal(['IMAGE_EMBEDDING skipped', 'OCR skipped', 'TAGS skipped']);
    for (const assetId of ['empty.mp4', 'words.mp4']) expect(documents.get(assetId)).to.deep.include({ state: 'REJECTED', mediaKind: null });
    expect(driver.deadLetters()).to.have.length(2);
  });

  it('a removal takes the blobs of a photograph away', async () => {
    await submit('red.png', await sharp({ create: { width: 64, height: 48, channels: 3, background: 'red' } }).png().toBuffer());
    await driver.drain();
    const [photo] = await index.assets(['red.png']);
    const { contentHash } = photo?.body as { contentHash: string };
    expect(await blobs.list(contentHash)).to.have.length(1);
    driver.input(TOPICS.assets, 'red.png', null);
    await driver.drain();
    expect(await blobs.list(contentHash)).to.be.empty;
    expect(await index.assets(['red.png'])).to.be.empty;
  });

  it('a worker of some stages is given what they need, and has no services of others', async () => {
    const stages = ['decode', 'text'] as const;
    expect(needsOf(stages)).to.deep.equal({ models: ['shots', 'text'], blobs: true, searchIndex: false });
    const few = await openModelHost({ modelsDirectory: path.join(directory, 'models'), tasks: ['shots', 'text'] });
    try {
      expect(few.missingReason('ocr')).to.equal('task ocr is not served here');
      expect(few.missingReason('text')).to.include('is not installed');
      const services = createMediaServices({ stages, blobs, models: few });
      expect(Object.keys(services).sort()).to.deep.equal(['decode', 'text']);
      expect(buildMediaTopology({ services, stages }).subtopologies.map(({ name }) => name)).to.deep.equal(['decode', 'text']);
    } finally {
      await few.close();
    }
    expect(() => createMediaServices({ stages: ['index'] })).to.throw('Stage index needs the option searchIndex').with.property('code', 'MILL_CONFIG_INVALID');
    expect(needsOf(['assemble', 'index'])).to.deep.equal({ models: [], blobs: false, searchIndex: true });
  });
});
