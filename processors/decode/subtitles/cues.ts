/**
 * SubRip and WebVTT. Cues are a line or two long, too short to mean much alone: neighbours are joined into passages
 * of at most 10 s, as long as a phrase of speech.
 */

export interface Cue {
  readonly startMs: number;
  readonly endMs: number;
  readonly text: string;
}

const TIMING = /^\s*(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})\s*-->\s*(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})/;
/** Tags of HTML and WebVTT, and override blocks of ASS. Bounded, so that a hostile line costs no more than its length. */
const TAGS = /<[^<>]{0,200}>|\{\\[^{}]{0,200}\}/g;
const MAX_PASSAGE_MS = 10_000;
const MAX_PAUSE_MS = 1500;
const MAX_CUES = 20_000;
const MAX_CUE_CHARS = 2000;

export function looksLikeCues(fileName: string, text: string): boolean {
  const head = text.slice(0, 4000);
  return head.startsWith('WEBVTT') || (/\.(?:srt|vtt)$/i.test(fileName) && head.split('\n').some((line) => TIMING.test(line)));
}

/** In order of time; broken cues are left out. */
export function parseCues(text: string): Cue[] {
  const cues: Cue[] = [];
  let open: { startMs: number; endMs: number; lines: string[] } | undefined;
  const close = (): void => {
    const words = open?.lines.join(' ').replace(TAGS, '').replace(/\s+/g, ' ').trim().slice(0, MAX_CUE_CHARS) ?? '';
    if (open !== undefined && words !== '' && open.endMs > open.startMs) cues.push({ startMs: open.startMs, endMs: open.endMs, text: words });
    open = undefined;
  };
  for (const line of text.split(/\r?\n/)) {
    const timing = TIMING.exec(line.slice(0, 200));
    if (timing !== null) {
      // A number on the line before is the next cue's, not this one's text.
      if (open !== undefined && /^\s*\d+\s*$/.test(open.lines.at(-1) ?? '')) open.lines.pop();
      close();
      open = { startMs: timeOf(timing, 1), endMs: timeOf(timing, 5), lines: [] };
    } else if (line.trim() === '') close();
    else open?.lines.push(line);
    if (cues.length >= MAX_CUES) break;
  }
  close();
  return cues.sort((a, b) => a.startMs - b.startMs);
}

const timeOf = (match: RegExpExecArray, group: number): number => {
  const [hours = 0, minutes = 0, seconds = 0] = match.slice(group, group + 3).map((part: string | undefined) => Number(part ?? 0));
  return ((hours * 60 + minutes) * 60 + seconds) * 1000 + Number((match[group + 3] ?? '0').padEnd(3, '0'));
};

export function joinCues(cues: readonly Cue[]): Cue[] {
  const passages: Cue[] = [];
  for (const cue of cues) {
    const before = passages.at(-1);
    if (before?.startMs === cue.startMs && (before.text === cue.text || before.text.length > MAX_CUE_CHARS)) continue;
    if (before !== undefined && (cue.startMs === before.startMs || (cue.startMs - before.endMs <= MAX_PAUSE_MS && cue.endMs - before.startMs <= MAX_PASSAGE_MS))) {
      passages[passages.length - 1] = { startMs: before.startMs, endMs: Math.max(before.endMs, cue.endMs), text: `${before.text} ${cue.text}` };
    } else passages.push(cue);
  }
  return passages;
}
