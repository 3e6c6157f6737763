/**
 * One search over everything: frames by their vectors, spoken and written passages by vectors and by words, labels, and
 * the metadata of assets. The single searches run side by side and are fused (fuse.ts).
 *
 * Where no model can embed the query, words alone are searched, and the answer says so.
 */
import type { AssetIndexDocument, BlobStore, Modality, SearchFilter, SearchIndex } from '../../connectors/ports/index.ts';
import { MillraceError, toMillraceError } from '../../connectors/ports/index.ts';
import type { ModelHost } from '../../processors/inference/index.ts';
import { CUT_OFFS, holderOf, metadataEvidence, TEXT_MODALITIES, vectorEvidence, wordEvidence, type Evidence } from './evidence.ts';
import { fuse, type Group } from './fuse.ts';
import { contentWords } from './marked-text.ts';
import type { ResultFrame, ResultSource, SearchResponse, SearchResult } from './result.ts';

export interface SearchDependencies {
  readonly index: SearchIndex;
  readonly models: Pick<ModelHost, 'describe' | 'missingReason' | 'run'>;
  readonly blobs: Pick<BlobStore, 'localPath' | 'link'>;
}

/** Text, an image, or both. */
export interface SearchQuery {
  readonly text?: string;
  /** The bytes of an image file; JPEG is safe. */
  readonly image?: Uint8Array;
  /** @default everything */
  readonly filter?: SearchFilter;
  /** Results, 1 to 1,000. @default 10 */
  readonly limit?: number;
}

const MAX_RESULTS = 1_000;
/** Of each single search: several hits fall into one result. */
const HITS_A_RESULT = 5;
const LEAST_HITS = 50;

export async function search(dependencies: SearchDependencies, query: SearchQuery): Promise<SearchResponse> {
  const { text = '', image, filter = {}, limit = 10 } = query;
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > MAX_RESULTS) throw new MillraceError('MILL_CONFIG_INVALID', `the number of results must be 1 to ${MAX_RESULTS}, not ${limit}`);
  if (text.trim() === '' && image === undefined) throw new MillraceError('MILL_CONFIG_INVALID', 'a search needs a text or an image');
  const notices: string[] = [];
  const hits = Math.max(LEAST_HITS, limit * HITS_A_RESULT);
  const lists = await Promise.all([
    ...(text.trim() === '' ? [] : [searchMeaning(dependencies, text, filter, hits, notices), ...searchWords(dependencies, text, filter, hits)]),
    ...(image === undefined ? [] : [searchImage(dependencies, image, filter, hits, notices, text.trim() === '')]),
  ]);
  notices.push(...(await gaps(dependencies)));
  const groups = fuse(lists.flat()).slice(0, limit);
  return { results: await describeGroups(dependencies, groups, filter), notices };
}

/** `undefined` where the filter leaves none of them. */
function withModalities(filter: SearchFilter, wanted: readonly Modality[]): SearchFilter | undefined {
  const modalities = wanted.filter((modality) => filter.modalities?.includes(modality) ?? true);
  return modalities.length === 0 ? undefined : { ...filter, modalities };
}

async function searchMeaning({ index, models }: SearchDependencies, text: string, filter: SearchFilter, k: number, notices: string[]): Promise<Evidence[][]> {
  const vector = await embedText(models, text, notices);
  if (vector === undefined) return [];
  const [frames, texts] = [withModalities(filter, ['frame']), withModalities(filter, TEXT_MODALITIES)];
  return Promise.all([
    frames === undefined ? [] : index.searchVector(vector, k, frames).then((found) => vectorEvidence('frame-vectors', found, CUT_OFFS.textToFrame)),
    texts === undefined ? [] : index.searchVector(vector, k, texts).then((found) => vectorEvidence('text-vectors', found, CUT_OFFS.textToText)),
  ]);
}

function searchWords({ index }: SearchDependencies, text: string, filter: SearchFilter, k: number): Promise<Evidence[][]>[] {
  const words = contentWords(text);
  const plain = words.join(' ');
  const [frames, texts] = [withModalities(filter, ['frame']), withModalities(filter, TEXT_MODALITIES)];
  // A filter on moments excludes what speaks of a whole asset.
  const wholeAssets = filter.modalities === undefined && filter.fromMs === undefined && filter.toMs === undefined;
  const searches = [
    ...(texts === undefined ? [] : [index.searchText(plain, k, texts).then((found) => wordEvidence('words', found, words))]),
    ...(frames === undefined ? [] : [index.searchText(plain, k, frames).then((found) => wordEvidence('tags', found, words))]),
    ...(wholeAssets ? [index.searchAssets(plain, k, filter).then((found) => metadataEvidence(found, words))] : []),
  ];
  return searches.map(async (list) => [await list]);
}

async function searchImage({ index, models }: SearchDependencies, image: Uint8Array, filter: SearchFilter, k: number, notices: string[], imageAlone: boolean): Promise<Evidence[][]> {
  const frames = withModalities(filter, ['frame']);
  if (models.describe('image-text') === undefined) {
    const reason = models.missingReason('image-text');
    if (imageAlone) throw new MillraceError('MILL_MODEL_MISSING', `an image cannot be searched for: ${reason}`);
    notices.push(`The image took no part in the search: ${reason}`);
    return [];
  }
  const { output } = await models.run('image-text', { jpeg: image }, { priority: 'LIVE' }).catch((error: unknown) => {
    const { code, message } = toMillraceError(error);
    if (code !== 'MILL_MODEL_FAILED') throw error;
    throw new MillraceError('MILL_MEDIA_UNRECOGNIZED', `the image cannot be read: ${message}`, { cause: error, hint: 'Give a picture: JPEG, PNG, WebP, GIF, TIFF or AVIF.' });
  });
  return frames === undefined ? [] : [vectorEvidence('frame-vectors', await index.searchVector(output.vector, k, frames), CUT_OFFS.imageToFrame)];
}

const FINDS = { 'image-text': 'what pictures show', ocr: 'words on the screen', speech: 'what is said' } as const;

/** What cannot be found, because some assets were processed without a model that is missing still. */
async function gaps({ index, models }: SearchDependencies): Promise<string[]> {
  const missing = (Object.keys(FINDS) as (keyof typeof FINDS)[]).filter((task) => models.describe(task) === undefined);
  if (missing.length === 0 || ((await index.counts()).byState['PARTIAL'] ?? 0) === 0) return [];
  return missing.map((task) => `Some assets are partial, and not found by ${FINDS[task]}: ${models.missingReason(task)}`);
}

async function embedText(models: SearchDependencies['models'], text: string, notices: string[]): Promise<Float32Array | undefined> {
  if (models.describe('text') === undefined) {
    notices.push(`Words alone were searched, and neither images nor meaning: ${models.missingReason('text')}`);
    return undefined;
  }
  try {
    return (await models.run('text', { text }, { priority: 'LIVE' })).output.vector;
  } catch (error) {
    notices.push(`Words alone were searched, and neither images nor meaning: ${toMillraceError(error).message}`);
    return undefined;
  }
}

async function describeGroups({ index, blobs }: SearchDependencies, groups: readonly Group[], filter: SearchFilter): Promise<SearchResult[]> {
  const assetIds = [...new Set(groups.map((group) => group.anchor.assetId))];
  const [holders, duplicates] = await Promise.all([index.assets(assetIds), index.duplicatesOf(assetIds)]);
  const copies = new Map(assetIds.map((assetId) => [assetId, [...holders.filter((asset) => asset.assetId === assetId), ...duplicates.filter((asset) => holderOf(asset) === assetId)]]));
  return Promise.all(groups.map(async ({ anchor, score, reasons, frameBlobKey }) => {
    const [source, ...alsoAt] = sourcesOf(copies.get(anchor.assetId) ?? [], filter);
    const middleMs = anchor.startMs === null ? 0 : (anchor.startMs + (anchor.endMs ?? anchor.startMs)) / 2;
    const blobKey = frameBlobKey ?? (await index.nearestFrame(anchor.assetId, middleMs));
    return {
      score,
      source: source ?? { assetId: anchor.assetId, fileName: null, sourceUri: null, mediaKind: null, library: anchor.library },
      startMs: anchor.startMs,
      endMs: anchor.endMs,
      why: reasons,
      frame: blobKey === null ? null : await frameOf(blobs, blobKey),
      alsoAt,
    };
  }));
}

async function frameOf(blobs: SearchDependencies['blobs'], blobKey: string): Promise<ResultFrame> {
  const path = blobs.localPath(blobKey) ?? null;
  return { blobKey, path, url: path === null ? ((await blobs.link(blobKey)) ?? null) : null };
}

/**
 * The assets with these bytes that the caller may see, the one to name first. Of another library than the one asked for
 * nothing is told, though the bytes may be processed there.
 */
function sourcesOf(copies: readonly AssetIndexDocument[], { library, assetIds }: SearchFilter): ResultSource[] {
  const visible = copies.filter((asset) => library === undefined || asset.library === library);
  const asked = visible.find((asset) => assetIds?.includes(asset.assetId) ?? true) ?? visible[0];
  const ordered = asked === undefined ? visible : [asked, ...visible.filter((asset) => asset !== asked)];
  return ordered.map((asset) => ({ assetId: asset.assetId, fileName: asset.fileName, sourceUri: asset.sourceUri, mediaKind: asset.mediaKind, library: asset.library }));
}
