/**
 * Light removal of markup, so that a search for words does not meet tags. It keeps a map back: a passage is found in
 * the *document*, so each place in the plain text knows its place there. Linear in the length of the text.
 */

export type Markup = 'html' | 'markdown' | 'none';

export interface PlainText {
  readonly text: string;
  /** Offset in the document of an offset in `text`. */
  sourceOffset(offset: number): number;
}

export function markupOf(fileName: string, text: string): Markup {
  if (/\.(?:html?|xhtml|xml)$/i.test(fileName) || /^\s*(?:<!doctype html|<html[\s>])/i.test(text.slice(0, 1000))) return 'html';
  return /\.(?:md|markdown|mdx)$/i.test(fileName) ? 'markdown' : 'none';
}

export function stripMarkup(text: string, markup: Markup): PlainText {
  const builder = new PlainBuilder();
  if (markup === 'html') stripHtml(text, builder);
  else if (markup === 'markdown') stripMarkdown(text, builder);
  else builder.keep(text, 0);
  return builder;
}

class PlainBuilder implements PlainText {
  text = '';
  readonly #starts: number[] = [];
  readonly #offsets: number[] = [];

  keep(part: string, sourceOffset: number): void {
    if (part === '') return;
    this.#starts.push(this.text.length);
    this.#offsets.push(sourceOffset);
    this.text += part;
  }

  sourceOffset(offset: number): number {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return (this.#offsets[low] ?? 0) + offset - (this.#starts[low] ?? 0);
  }
}

const HIDDEN = ['script', 'style', 'template', 'noscript'];
const BLOCK = /^\/?(?:p|div|br|li|ul|ol|tr|table|h[1-6]|section|article|header|footer|blockquote|pre|title|body|hr|dd|dt)$/;
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' };

function stripHtml(text: string, out: PlainBuilder): void {
  const lower = text.toLowerCase();
  let at = 0;
  while (at < text.length) {
    const open = text.indexOf('<', at);
    if (open < 0 || !/[a-z/!?]/.test(lower.charAt(open + 1))) {
      const end = open < 0 ? text.length : open + 1;
      keepHtmlText(text.slice(at, end), at, out);
      at = end;
      continue;
    }
    keepHtmlText(text.slice(at, open), at, out);
    const comment = text.startsWith('<!--', open);
    const close = comment ? text.indexOf('-->', open) : text.indexOf('>', open);
    if (close < 0) return;
    at = close + (comment ? 3 : 1);
    const name = comment ? '' : /^\/?[a-z0-9]*/.exec(lower.slice(open + 1, open + 20))?.[0] ?? '';
    if (HIDDEN.includes(name)) {
      const end = lower.indexOf(`</${name}`, at);
      at = end < 0 ? text.length : end;
    } else if (BLOCK.test(name) && out.text !== '' && !out.text.endsWith('\n\n')) out.keep('\n', open);
  }
}

function keepHtmlText(part: string, offset: number, out: PlainBuilder): void {
  let from = 0;
  for (const match of part.matchAll(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,6}));|\s+/gi)) {
    const [whole, decimal, hex, name] = match;
    const sign = whole.startsWith('&') ? entity(decimal, hex, name) : space(out, match.index === 0);
    if (sign === undefined) continue;
    out.keep(part.slice(from, match.index), offset + from);
    out.keep(sign, offset + match.index);
    from = match.index + whole.length;
  }
  out.keep(part.slice(from), offset + from);
}

const entity = (decimal?: string, hex?: string, name?: string): string | undefined =>
  (name === undefined ? codePoint(Number.parseInt(decimal ?? hex ?? '', decimal === undefined ? 16 : 10)) : ENTITIES[name.toLowerCase()]);

/** White space of the source is one space, and none where the text has just broken its line. */
const space = (out: PlainText, first: boolean): string => (first && (out.text === '' || /\s$/.test(out.text.slice(-1))) ? '' : ' ');

const codePoint = (code: number): string | undefined => (code >= 32 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff) ? String.fromCodePoint(code) : undefined);

/** Heading marks, emphasis, list bullets and quotes at the start of a line, and the addresses of links and images. */
const MARKDOWN = /^[ \t]*(?:#{1,6}[ \t]+|>[ \t]?|[-*+][ \t]+|```[^\n]*$|~~~[^\n]*$)|!?\[([^[\]\n]{0,500})\]\([^()\s]{0,2000}(?:[ \t]"[^"\n]{0,500}")?\)|\*\*|__|`/gm;

function stripMarkdown(text: string, out: PlainBuilder): void {
  let from = 0;
  for (const match of text.matchAll(MARKDOWN)) {
    out.keep(text.slice(from, match.index), from);
    const label = match[1];
    if (label !== undefined) out.keep(label, match.index + match[0].indexOf('[') + 1);
    from = match.index + match[0].length;
  }
  out.keep(text.slice(from), from);
}
