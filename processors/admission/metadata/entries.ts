/**
 * A bounded list of searchable metadata. Files from strangers carry anything in their tags: megabytes, control
 * characters, half characters, thousands of keys.
 */
import type { MetadataEntry } from '../../../schemas/index.ts';

export type MetadataNamespace = 'exif' | 'iptc' | 'xmp' | 'id3' | 'container' | 'subtitle' | 'attribute';

const MAX_ENTRIES = 200;
const MAX_KEY_CHARS = 100;
const MAX_VALUE_CHARS = 2000;
const MAX_TOTAL_CHARS = 65_536;

export class MetadataList {
  readonly entries: MetadataEntry[] = [];
  #chars = 0;
  readonly #seen = new Set<string>();

  add(namespace: MetadataNamespace, rawKey: string, rawValue: string): void {
    const key = clean(rawKey, MAX_KEY_CHARS);
    const value = clean(rawValue, MAX_VALUE_CHARS);
    const identity = `${namespace}\u0000${key}\u0000${value}`;
    if (key === '' || value === '' || this.#seen.has(identity)) return;
    if (this.entries.length >= MAX_ENTRIES || this.#chars + key.length + value.length > MAX_TOTAL_CHARS) return;
    this.#seen.add(identity);
    this.#chars += key.length + value.length;
    this.entries.push({ namespace, key, value });
  }
}

/** Control characters and lone surrogates become spaces, and white space is one space. */
function clean(raw: string, maxChars: number): string {
  return raw.slice(0, maxChars * 4).replace(/\p{Cc}|\p{Cs}|\ufffd/gu, ' ').replace(/\s+/g, ' ').trim().slice(0, maxChars).replace(/[\ud800-\udbff]$/, '');
}
