/**
 * Which event was last published for each key of a bucket: a journal, one line of JSON for each change, `["key","id"]` or
 * `["key"]` for a key that is gone. A line is on disk before its `put` resolves. A process that is killed leaves at most
 * one line that is not whole; it is cut off, and its object is published again under the same id.
 */
import { createReadStream } from 'node:fs';
import { mkdir, open, rename, truncate, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { MillraceError } from '../../connectors/ports/index.ts';
import { draftOf, tryLock, type Release } from '../system/index.ts';

type Line = readonly [key: string, id?: string];

/** Fewer superseded lines than this are left alone. */
const COMPACT_AFTER_LINES = 10_000;
const LINES_PER_WRITE = 1000;

export class Checkpoint {
  readonly #file: string;
  readonly #release: Release;
  readonly #ids = new Map<string, string>();
  #journal: FileHandle | undefined;
  #lines = 0;
  #waiting: Line[] = [];
  #writing: Promise<void> = Promise.resolve();

  /** @throws MillraceError MILL_STATE_LOCKED when another inbox has it, MILL_STATE_IO */
  static async open(file: string): Promise<Checkpoint> {
    await mkdir(path.dirname(file), { recursive: true });
    const held = await tryLock(`${file}.lock`);
    if (typeof held === 'string') throw new MillraceError('MILL_STATE_LOCKED', `Another inbox watches this bucket from here: process ${held}.`);
    const checkpoint = new Checkpoint(file, held);
    try {
      await checkpoint.#load();
      return checkpoint;
    } catch (cause) {
      await held();
      throw new MillraceError('MILL_STATE_IO', `${file} cannot be read.`, { cause });
    }
  }

  private constructor(file: string, release: Release) {
    this.#file = file;
    this.#release = release;
  }

  get size(): number {
    return this.#ids.size;
  }

  keys(): IterableIterator<string> {
    return this.#ids.keys();
  }

  get(key: string): string | undefined {
    return this.#ids.get(key);
  }

  async put(key: string, id: string): Promise<void> {
    await this.#append([[key, id]]);
    this.#ids.set(key, id);
  }

  async forget(keys: readonly string[]): Promise<void> {
    if (keys.length === 0) return;
    await this.#append(keys.map((key) => [key]));
    for (const key of keys) this.#ids.delete(key);
  }

  /** Writes the journal anew, when most of it is superseded. */
  async compact(): Promise<void> {
    if (this.#lines - this.#ids.size < Math.max(COMPACT_AFTER_LINES, this.#ids.size)) return;
    this.#writing = this.#writing.then(() => this.#rewrite());
    await this.#writing;
  }

  async close(): Promise<void> {
    await this.#writing.catch(() => undefined);
    await this.#journal?.close();
    await this.#release();
  }

  async #load(): Promise<void> {
    const journal = await open(this.#file, 'a+');
    this.#journal = journal;
    await truncate(this.#file, await wholeBytes(journal));
    for await (const text of createInterface({ input: createReadStream(this.#file), crlfDelay: Number.POSITIVE_INFINITY })) {
      const [key, id] = JSON.parse(text) as Line;
      if (id === undefined) this.#ids.delete(key);
      else this.#ids.set(key, id);
      this.#lines += 1;
    }
  }

  /** Lines that are asked for while others are being written go to the disk together. */
  #append(lines: readonly Line[]): Promise<void> {
    this.#waiting.push(...lines);
    this.#writing = this.#writing.then(async () => {
      const batch = this.#waiting;
      if (batch.length === 0) return;
      this.#waiting = [];
      await this.#write(batch);
    });
    return this.#writing;
  }

  async #write(batch: readonly Line[]): Promise<void> {
    try {
      await this.#journal?.appendFile(toText(batch));
      await this.#journal?.datasync();
    } catch (cause) {
      // What stands at its end now is known to the next start only.
      throw new MillraceError('MILL_STATE_IO', `${this.#file} cannot be written.`, { cause });
    }
    this.#lines += batch.length;
  }

  async #rewrite(): Promise<void> {
    const draft = draftOf(this.#file);
    const fresh = await open(draft, 'w');
    const lines = [...this.#ids];
    for (let at = 0; at < lines.length; at += LINES_PER_WRITE) await fresh.appendFile(toText(lines.slice(at, at + LINES_PER_WRITE)));
    await fresh.datasync();
    await fresh.close();
    await rename(draft, this.#file);
    await this.#journal?.close();
    this.#journal = await open(this.#file, 'a+');
    this.#lines = lines.length;
  }
}

const toText = (lines: readonly Line[]): string => lines.map((line) => `${asOneLine(JSON.stringify(line))}\n`).join('');

/** These two JSON leaves as they are, and newer readline takes them for the end of a line. */
const asOneLine = (json: string): string => json.replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029');

const NEWLINE = 10;
const TAIL_BYTES = 64 << 10;

/** Up to the last line that is whole: one that is not is shorter than this tail. */
async function wholeBytes(journal: FileHandle): Promise<number> {
  const { size } = await journal.stat();
  const tail = Buffer.alloc(Math.min(size, TAIL_BYTES));
  await journal.read(tail, 0, tail.length, size - tail.length);
  const last = tail.lastIndexOf(NEWLINE);
  return last === -1 ? size - tail.length : size - tail.length + last + 1;
}
