/** An asset's document as the index keeps it. */
import type { AssetIndexDocument } from '../../../connectors/ports/index.ts';
import type { AssetDocument } from '../../../schemas/index.ts';

/** The index takes no more; embedded metadata can be a book. */
const MAX_TEXT_LENGTH = 200_000;

export function indexDocumentOf(document: AssetDocument): AssetIndexDocument {
  const { assetId, revision, library, mediaKind, state, fileName, sourceUri, metadata } = document;
  const tags = document.tags.map(({ label }) => label);
  const text = [...wordsOf(fileName), ...metadata.map(({ value }) => value), ...tags].join(' ').slice(0, MAX_TEXT_LENGTH);
  return { assetId, revision, library, mediaKind, state, fileName, sourceUri, text, tags, body: document };
}

/** `MyHoliday_2024-05.final.MP4`: the name itself, and My, Holiday, 2024, 05, final, MP4. */
function wordsOf(fileName: string): string[] {
  const words = fileName.replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2').split(/[^\p{L}\p{N}]+/u).filter((word) => word !== '');
  return [fileName, ...words];
}
