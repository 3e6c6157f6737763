/**
 * First look at a source: text, image, stream (video or audio), or refused. Text comes first, since no binary format
 * is free of control characters, and "BM" or "ID3" may begin a sentence.
 */
import { MillraceError } from '../../../connectors/ports/index.ts';
import type { MediaSource } from '../../../connectors/ports/index.ts';
import { apngFrames, decodeText, looksLikeTarga, signatureOf } from '../../decode/index.ts';
import type { MediaLimits } from '../../decode/index.ts';
import { referenceIn } from './playlists.ts';

export type Sniffed =
  | { readonly type: 'text'; readonly encoding: string }
  | { readonly type: 'image'; readonly format: string; /** PNG only; 1 elsewhere. */ readonly frames: number }
  /** `format` is `undefined` where only ffprobe can tell. */
  | { readonly type: 'stream'; readonly format: string | undefined };

const HEAD_BYTES = 65_536;
const MEDIA_NAMES = /\.(?:mp4|m4v|m4a|mov|mkv|mka|webm|avi|flv|ts|m2ts|mpe?g|wmv|wma|asf|3gp|ogg|ogv|oga|opus|mp3|aac|flac|wav|aiff?|amr|ac3|jpe?g|png|gif|webp|bmp|tiff?|tga|psd|heic|heif|avif)$/i;
const TEXT_NAMES = /\.(?:txt|text|md|markdown|html?|xhtml|xml|json|jsonl|csv|tsv|srt|vtt|log|rst|tex|ya?ml|ini|nfo)$/i;

/** @throws MillraceError MILL_MEDIA_EMPTY, MILL_MEDIA_FORBIDDEN, MILL_MEDIA_UNRECOGNIZED, MILL_MEDIA_LIMIT */
export async function sniff(source: MediaSource, fileName: string, limits: MediaLimits): Promise<Sniffed> {
  if (source.sizeBytes === 0) throw new MillraceError('MILL_MEDIA_EMPTY', 'The file has no bytes');
  const head = await source.read(0, HEAD_BYTES);
  refuseReferences(head, fileName);

  const lenient = TEXT_NAMES.test(fileName);
  if (decodeText(head, { partial: source.sizeBytes > head.length, lenient }) !== undefined) {
    const encoding = await wholeText(source, fileName, limits, lenient);
    if (encoding !== undefined) return { type: 'text', encoding };
  }
  const signature = signatureOf(head);
  if (signature?.type === 'other') throw new MillraceError('MILL_MEDIA_UNRECOGNIZED', `The file is a ${signature.format}`);
  if (signature?.type === 'image') return { type: 'image', format: signature.format, frames: signature.format === 'png' ? apngFrames(head) : 1 };
  if (signature !== undefined) return { type: 'stream', format: signature.format };
  return await looksLikeTarga(source, fileName) ? { type: 'image', format: 'targa', frames: 1 } : { type: 'stream', format: undefined };
}

/** Also in a file that is no clean text: a demuxer would not mind a stray byte behind the first line. */
function refuseReferences(head: Buffer, fileName: string): void {
  const text = decodeText(head, { partial: true })?.text ?? head.toString('latin1').replace(/^\u00ef\u00bb\u00bf/, '');
  const reference = referenceIn(text, fileName);
  if (reference !== undefined) throw new MillraceError('MILL_MEDIA_FORBIDDEN', `The file is a ${reference}, which may refer to other files or addresses`);
}

async function wholeText(source: MediaSource, fileName: string, limits: MediaLimits, lenient: boolean): Promise<string | undefined> {
  if (source.sizeBytes > limits.maxTextBytes) throw new MillraceError('MILL_MEDIA_LIMIT', `The text has ${source.sizeBytes} bytes; the limit is ${limits.maxTextBytes}`);
  const decoded = decodeText(await source.read(0, source.sizeBytes), { lenient });
  if (decoded === undefined) return undefined;
  if (decoded.text.trim() === '') throw new MillraceError('MILL_MEDIA_EMPTY', 'The text is empty');
  const extension = MEDIA_NAMES.exec(fileName)?.[0];
  if (extension !== undefined) throw new MillraceError('MILL_MEDIA_UNRECOGNIZED', `The file is plain text, though its name ends in ${extension.toLowerCase()}`);
  return decoded.encoding;
}
