/** A text file as passages with their places in the document, or, for SubRip and WebVTT, as timed cues. */
import { MillraceError } from '../../../connectors/ports/index.ts';
import type { MediaSource } from '../../../connectors/ports/index.ts';
import { splitPassages } from '../../text/index.ts';
import { looksLikeCues, parseCues } from '../subtitles/index.ts';
import type { Cue } from '../subtitles/index.ts';
import { decodeText } from './charset.ts';
import { markupOf, stripMarkup } from './markup.ts';

export type TextDocument =
  | { readonly type: 'cues'; readonly cues: readonly Cue[] }
  | { readonly type: 'passages'; readonly passages: readonly DocumentPassage[]; readonly truncated: boolean };

export interface DocumentPassage {
  readonly text: string;
  /** UTF-16 offset in the document as it is, markup included. */
  readonly charStart: number;
}

export const MAX_PASSAGES = 2000;

/** @throws MillraceError MILL_MEDIA_UNRECOGNIZED, MILL_MEDIA_LIMIT */
export async function readDocument(source: MediaSource, fileName: string, maxBytes: number): Promise<TextDocument> {
  if (source.sizeBytes > maxBytes) throw new MillraceError('MILL_MEDIA_LIMIT', `The text has ${source.sizeBytes} bytes; the limit is ${maxBytes}`);
  const decoded = decodeText(await source.read(0, maxBytes), { lenient: true });
  if (decoded === undefined) throw new MillraceError('MILL_MEDIA_UNRECOGNIZED', 'The file is no text in UTF-8, UTF-16 or Windows-1252');
  if (looksLikeCues(fileName, decoded.text)) return { type: 'cues', cues: parseCues(decoded.text) };
  const plain = stripMarkup(decoded.text, markupOf(fileName, decoded.text));
  const passages = splitPassages(plain.text, { maxPassages: MAX_PASSAGES + 1 });
  return {
    type: 'passages',
    truncated: passages.length > MAX_PASSAGES,
    passages: passages.slice(0, MAX_PASSAGES).map(({ text, charStart }) => ({ text, charStart: plain.sourceOffset(charStart) })),
  };
}
