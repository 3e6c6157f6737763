/** Text files: character set, markup, passages. */
export { decodeText } from './charset.ts';
export type { DecodedText } from './charset.ts';
export { MAX_PASSAGES, readDocument } from './document.ts';
export type { DocumentPassage, TextDocument } from './document.ts';
