/**
 * Bytes to text. UTF-8, with or without a mark; UTF-16 with one. Anything else is text only if its name says so
 * (`lenient`), and then it is read as Windows-1252, which is what old European text files are. Control characters
 * other than white space mean that it is no text.
 */

export interface DecodedText {
  readonly text: string;
  readonly encoding: 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252';
}

const NOT_TEXT = /[\0-\x08\x0e-\x1f\x7f]/;
const UTF16_LE = [0xff, 0xfe];
const UTF16_BE = [0xfe, 0xff];

const startsWith = (bytes: Uint8Array, mark: readonly number[]): boolean => mark.every((byte, index) => bytes[index] === byte);

/** `undefined` when the bytes are no text. `partial`: the bytes may end inside a character. */
export function decodeText(bytes: Uint8Array, options: { readonly lenient?: boolean; readonly partial?: boolean } = {}): DecodedText | undefined {
  const encoding = startsWith(bytes, UTF16_LE) ? 'utf-16le' : startsWith(bytes, UTF16_BE) ? 'utf-16be' : 'utf-8';
  return decodeAs(bytes, encoding, options.partial ?? false) ?? (options.lenient === true ? decodeAs(bytes, 'windows-1252', false) : undefined);
}

function decodeAs(bytes: Uint8Array, encoding: DecodedText['encoding'], partial: boolean): DecodedText | undefined {
  try {
    const text = new TextDecoder(encoding, { fatal: true }).decode(bytes, { stream: partial });
    return NOT_TEXT.test(text) ? undefined : { text, encoding };
  } catch {
    return undefined;
  }
}
