/**
 * What ffmpeg says, made fit for a message: bounded however much it says, without addresses of memory, descriptors
 * and control characters. A hostile file chooses much of this text.
 */
const MAX_LINES = 40;
const MAX_LINE_CHARS = 300;

export class StderrLines {
  /** The first lines, each once. */
  readonly lines: string[] = [];
  /** Of all, also of those that were not kept. */
  count = 0;
  #rest = '';
  readonly #seen = new Set<string>();

  push(chunk: Buffer): void {
    const parts = (this.#rest + chunk.toString('utf8')).split(/[\r\n]+/);
    this.#rest = (parts.pop() ?? '').slice(0, MAX_LINE_CHARS * 4);
    for (const part of parts) this.#add(part);
  }

  end(): void {
    this.#add(this.#rest);
    this.#rest = '';
  }

  #add(raw: string): void {
    if (raw.trim() === '') return;
    this.count += 1;
    if (this.lines.length >= MAX_LINES) return;
    const line = cleanLine(raw);
    if (line === '' || this.#seen.has(line)) return;
    this.#seen.add(line);
    this.lines.push(line);
  }
}

function cleanLine(raw: string): string {
  return raw.slice(0, MAX_LINE_CHARS * 4)
    .replace(/\p{Cc}|\ufffd/gu, ' ')
    .replace(/ @ 0x[0-9a-f]+/g, '')
    .replace(/^\[NULL\] /, '')
    .replace(/http:\/\/127\.0\.0\.1:\d+\/\w+/g, 'the file')
    .replace(/(?:file:)?\/(?:dev|proc\/self)\/fd\/\d+/g, 'the file')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, MAX_LINE_CHARS);
}
