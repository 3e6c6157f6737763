/**
 * Results for people, in 80 columns. Names and texts are strangers': what could move the cursor or turn the line around
 * is written out as \uXXXX. Matched words are bold where the terminal has colours, and stand between stars elsewhere.
 * The link to a frame is long, for it carries its own permission: a terminal shows its address and follows the whole of
 * it; elsewhere it stands in full, so that what reads the output can use it.
 */
import { fileURLToPath } from 'node:url';
import { shortPath } from '../paths.ts';
import { printable, type Terminal } from '../cli/terminal.ts';
import type { Highlight, ResultFrame, ResultReason, SearchResponse, SearchResult } from './result.ts';

export interface RenderOptions {
  /** Colours or none: the terminal knows. */
  readonly style: Terminal['style'];
  /** Colours and links: what is beyond plain text. */
  readonly coloured: boolean;
  /** Paths below it are shown from there. @default process.cwd() */
  readonly workingDirectory?: string;
  /** @default 80 */
  readonly columns?: number;
}

const INDENT = 3;
const LABEL_WIDTH = 10;
const LEAST_COLUMNS = 40;
const REASONS_SHOWN = 4;
const PASSAGE_LINES = 2;
/** Context kept before the first matched word of a long passage. */
const CHARACTERS_BEFORE = 40;

/** m:ss, or h:mm:ss from an hour on. */
export function clock(ms: number): string {
  const total = Math.floor(ms / 1000);
  const [hours, minutes, seconds] = [Math.floor(total / 3600), Math.floor(total / 60) % 60, total % 60];
  const padded = (value: number): string => String(value).padStart(2, '0');
  return hours > 0 ? `${hours}:${padded(minutes)}:${padded(seconds)}` : `${minutes}:${padded(seconds)}`;
}

export function timeRange(startMs: number | null, endMs: number | null): string {
  if (startMs === null) return '';
  const [start, end] = [clock(startMs), clock(endMs ?? startMs)];
  return start === end ? start : `${start}-${end}`;
}

export function renderResponse({ results, notices }: SearchResponse, options: RenderOptions): string[] {
  const lines = notices.map((notice) => `! ${printable(notice)}`);
  if (notices.length > 0) lines.push('');
  if (results.length === 0) lines.push('Nothing was found.');
  results.forEach((result, index) => {
    if (index > 0) lines.push('');
    lines.push(...renderResult(result, index + 1, options));
  });
  return lines;
}

export function renderResult(result: SearchResult, position: number, options: RenderOptions): string[] {
  const { source, startMs, endMs, why, frame, alsoAt } = result;
  const columns = Math.max(LEAST_COLUMNS, options.columns ?? 80);
  const range = timeRange(startMs, endMs);
  const details = [range, source.mediaKind?.toLowerCase() ?? 'in progress', `score ${result.score.toFixed(4)}`].filter((part) => part !== '').join('  ');
  const name = shorten(printable(source.fileName ?? source.assetId), columns - INDENT - 2 - details.length);
  const lines = [`${`${position}.`.padEnd(INDENT)}${options.style('bold', name)}  ${details}`];
  for (const reason of why.slice(0, REASONS_SHOWN)) lines.push(...renderReason(reason, columns, options));
  const { workingDirectory = process.cwd() } = options;
  if (source.sourceUri !== null) lines.push(labelled('source', printable(shownPlace(source.sourceUri, workingDirectory))));
  if (frame !== null) lines.push(labelled('frame at', shownFrame(frame, workingDirectory, columns - INDENT - LABEL_WIDTH, options)));
  for (const other of alsoAt) lines.push(labelled('also at', printable(other.sourceUri === null ? other.assetId : shownPlace(other.sourceUri, workingDirectory))));
  return lines;
}

const shownPlace = (uri: string, workingDirectory: string): string =>
  (uri.startsWith('file:///') ? shortPath(fileURLToPath(uri), workingDirectory) : uri);

function shownFrame({ blobKey, path, url }: ResultFrame, workingDirectory: string, width: number, { coloured }: RenderOptions): string {
  if (path !== null) return printable(shortPath(path, workingDirectory));
  if (url === null) return printable(blobKey);
  const safe = printable(url);
  return coloured ? hyperlink(safe, shorten(safe.replace(/[?#].*$/, ''), width)) : safe;
}

/** OSC 8: terminals that do not know it show the text alone. */
const hyperlink = (url: string, text: string): string => `\u001b]8;;${url}\u001b\\${text}\u001b]8;;\u001b\\`;

const labelled = (label: string, text: string): string => `${' '.repeat(INDENT)}${label.padEnd(LABEL_WIDTH)}${text}`;

function renderReason(reason: ResultReason, columns: number, options: RenderOptions): string[] {
  const similarity = reason.similarity === null ? '' : `similarity ${reason.similarity.toFixed(2)}`;
  if (reason.text === null || reason.text === '') return [labelled(reason.modality, similarity)];
  const passage = wrapPassage(reason.text, reason.highlights, columns - INDENT - LABEL_WIDTH, options);
  const lines = passage.map((line, index) => labelled(index === 0 ? reason.modality : '', line));
  return similarity === '' ? lines : [...lines, labelled('', similarity)];
}

interface Word {
  readonly plain: string;
  readonly matched: boolean;
}

/** At most PASSAGE_LINES lines around the first matched word. */
function wrapPassage(text: string, highlights: readonly Highlight[], width: number, options: RenderOptions): string[] {
  const from = startOfExcerpt(text, highlights[0]?.[0] ?? 0);
  const words = splitWords(text, highlights, from);
  const lines: string[] = [];
  let line = from > 0 ? '...' : '';
  let used = line.length;
  for (const { plain, matched } of words) {
    // The last line keeps room for the dots.
    const room = lines.length === PASSAGE_LINES - 1 ? width - 4 : width;
    const shown = matched && !options.coloured ? `*${plain}*` : plain;
    const size = Math.min(displayWidth(shown), width);
    if (used > 0 && used + 1 + size > room) {
      lines.push(line);
      if (lines.length === PASSAGE_LINES) return [...lines.slice(0, -1), `${line} ...`];
      [line, used] = ['', 0];
    }
    const fitted = shorten(shown, width);
    line += (used > 0 ? ' ' : '') + (matched && options.coloured ? options.style(['bold', 'yellow'], fitted) : fitted);
    used += (used > 0 ? 1 : 0) + size;
  }
  return line === '' ? lines : [...lines, line];
}

function startOfExcerpt(text: string, firstMatch: number): number {
  if (firstMatch <= CHARACTERS_BEFORE) return 0;
  const space = text.indexOf(' ', firstMatch - CHARACTERS_BEFORE);
  return space === -1 || space >= firstMatch ? firstMatch : space + 1;
}

function splitWords(text: string, highlights: readonly Highlight[], from: number): Word[] {
  const words: Word[] = [];
  for (const match of text.slice(from).matchAll(/\S+/g)) {
    const [start, end] = [from + match.index, from + match.index + match[0].length];
    words.push({ plain: printable(match[0]), matched: highlights.some(([first, last]) => first < end && last > start) });
  }
  return words;
}

const WIDE = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Extended_Pictographic}\uff00-\uff60]/u;

/** Columns that a terminal gives the text: two for wide characters, none for marks. */
function displayWidth(text: string): number {
  let width = 0;
  for (const character of text) width += /\p{M}/u.test(character) ? 0 : WIDE.test(character) ? 2 : 1;
  return width;
}

function shorten(text: string, width: number): string {
  const room = Math.max(8, width);
  if (displayWidth(text) <= room) return text;
  let kept = '';
  for (const character of text) {
    if (displayWidth(kept + character) > room - 3) break;
    kept += character;
  }
  return `${kept}...`;
}
