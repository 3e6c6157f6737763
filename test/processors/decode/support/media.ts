/** Media made by ffmpeg for a test, and the way of a file through admission and decode. */
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { openFileBlobStore } from '../../../../connectors/embedded/index.ts';
import { MillraceError } from '../../../../connectors/ports/index.ts';
import type { BlobStore, SourceOpeners } from '../../../../connectors/ports/index.ts';
import { admitContent, hashSource } from '../../../../processors/admission/index.ts';
import type { Admission, AdmitOptions } from '../../../../processors/admission/index.ts';
import { createDecoder } from '../../../../processors/decode/index.ts';
import type { Decode, DecoderOptions } from '../../../../processors/decode/index.ts';
import { openModelHost } from '../../../../processors/inference/index.ts';
import type { ContentClaim } from '../../../../schemas/index.ts';
import { removeFolder, temporaryFolder } from '../../../support/folders.ts';

export class Workshop {
  readonly directory: string;
  readonly blobs: BlobStore;

  private constructor(directory: string, blobs: BlobStore) {
    this.directory = directory;
    this.blobs = blobs;
  }

  static async open(): Promise<Workshop> {
    const directory = await temporaryFolder();
    return new Workshop(directory, await openFileBlobStore({ directory: join(directory, 'blobs') }));
  }

  async close(): Promise<void> {
    await removeFolder(this.directory);
  }

  path(name: string): string {
    return join(this.directory, name);
  }

  /** Runs ffmpeg with the arguments and the file as output. */
  async ffmpeg(name: string, ...args: string[]): Promise<string> {
    await promisify(execFile)('ffmpeg', ['-v', 'error', '-nostdin', '-y', ...args, `file:${this.path(name)}`]);
    return this.path(name);
  }

  async write(name: string, content: string | Uint8Array): Promise<string> {
    await writeFile(this.path(name), content);
    return this.path(name);
  }

  /** A decoder without models, unless the test brings some. */
  async decoder(options: Partial<DecoderOptions> = {}): Promise<Decode> {
    const models = options.models ?? await openModelHost({ modelsDirectory: this.path('no-models'), workers: 1 });
    return createDecoder({ blobs: this.blobs, ...options, models });
  }
}

export async function claimOf(path: string, fileName: string = basename(path)): Promise<ContentClaim> {
  return claimOfUri(pathToFileURL(path).href, fileName);
}

export async function claimOfUri(sourceUri: string, fileName: string, sources?: SourceOpeners): Promise<ContentClaim> {
  const { contentHash, sizeBytes, sourceIdentity } = await hashSource(sourceUri, sources === undefined ? {} : { sources });
  return {
    action: 'CLAIM', assetId: fileName, revision: 1, library: 'default', priority: 'LIVE',
    contentHash, sourceUri, fileName, sizeBytes, submittedAtMs: 0, attributes: {}, sourceIdentity,
  };
}

export const admit = async (path: string, options: AdmitOptions & { readonly fileName?: string } = {}): Promise<Admission> =>
  admitContent(await claimOf(path, options.fileName), options);

/** What the promise is rejected with. */
export async function rejection(promise: Promise<unknown>): Promise<MillraceError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof MillraceError) return error;
    throw error;
  }
  throw new Error('it was expected to fail, and did not');
}

/** Two still pictures of different colours, one after the other: a cut in the middle. */
export const redThenBlue = (seconds: number, size = '320x240'): string[] => [
  '-f', 'lavfi', '-i', `color=red:s=${size}:r=25:d=${seconds / 2}`, '-f', 'lavfi', '-i', `color=blue:s=${size}:r=25:d=${seconds / 2}`,
  '-filter_complex', '[0][1]concat=n=2:v=1:a=0',
];

/** The film with a display matrix of 90 degrees: written into its track header, as a telephone does it. */
export async function rotated(shop: Workshop, name: string, film: string): Promise<string> {
  const bytes = await readFile(film);
  const matrix = bytes.indexOf('tkhd', 0, 'latin1') + 4 + 40;
  [0, 0x10000, 0, -0x10000, 0, 0, 0, 0, 0x40000000].forEach((value, index) => bytes.writeInt32BE(value, matrix + index * 4));
  return shop.write(name, bytes);
}
