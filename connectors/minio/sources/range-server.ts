/**
 * What ffmpeg reads remote sources from: a server on 127.0.0.1 that answers ranged GETs out of the blocks of open
 * sources. Each open source has an address of its own with 256 random bits in it, which is gone when the source is
 * closed. There is no way in it to any other object, and it sends no redirect.
 *
 * Who may ask: the address stands on ffmpeg's command line, which other users of the machine can see. So each connection
 * is checked for its owner in the kernel's table of sockets (Linux), and refused where that is another user than ours.
 *
 * When the object store fails in the middle of an answer, ffmpeg would take the broken connection for the end of the
 * file. So the failure is told first, by `failed`, and whoever runs ffmpeg throws it instead of what ffmpeg made of it.
 */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { MillraceError, toMillraceError } from '../../ports/index.ts';
import type { MediaInput } from '../../ports/index.ts';

export interface ServedSource {
  readonly sizeBytes: number;
  /** Blocks are all of one size but the last. */
  block(index: number): Promise<Buffer>;
  readAhead(index: number): void;
}

interface Entry {
  readonly token: string;
  readonly source: ServedSource;
  readonly failed: AbortController;
}

/** How many blocks of an answer are given out slowly, and how slowly. */
const SLOW_BLOCKS = 4;
const SLOW_BLOCK_MS = 20;

export class RangeServer {
  readonly #blockBytes: number;
  readonly #entries = new Map<string, Entry>();
  #server: Server | undefined;
  #port: Promise<number> | undefined;

  constructor(blockBytes: number) {
    this.#blockBytes = blockBytes;
  }

  async serve(source: ServedSource): Promise<MediaInput> {
    const entry: Entry = { token: randomBytes(32).toString('hex'), source, failed: new AbortController() };
    this.#entries.set(entry.token, entry);
    this.#port ??= this.#listen();
    try {
      return { type: 'address', url: `http://127.0.0.1:${await this.#port}/${entry.token}`, failed: entry.failed.signal };
    } catch (error) {
      await this.drop(source);
      throw new MillraceError('MILL_PORT_UNAVAILABLE', 'ffmpeg cannot be given a remote source: no port of this machine can be had', { cause: error });
    }
  }

  /** The server ends with the last source. */
  async drop(source: ServedSource): Promise<void> {
    for (const entry of this.#entries.values()) {
      if (entry.source === source) this.#entries.delete(entry.token);
    }
    if (this.#entries.size > 0) return;
    const server = this.#server;
    this.#server = undefined;
    this.#port = undefined;
    server?.closeAllConnections();
    server?.close();
  }

  async #listen(): Promise<number> {
    const server = createServer((request, response) => { void this.#answer(request, response); });
    this.#server = server;
    // It keeps no process alive that has nothing else to do.
    server.unref();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const entry = this.#entries.get((request.url ?? '').slice(1));
    if (entry === undefined || !await isOurs(request.socket)) {
      response.writeHead(404).end();
      return;
    }
    const range = rangeOf(request.headers.range, entry.source.sizeBytes);
    if (range === undefined) {
      response.writeHead(416, { 'content-range': `bytes */${entry.source.sizeBytes}` }).end();
      return;
    }
    response.writeHead(request.headers.range === undefined ? 200 : 206, {
      'accept-ranges': 'bytes',
      'content-length': range.end - range.start,
      ...(request.headers.range === undefined ? {} : { 'content-range': `bytes ${range.start}-${range.end - 1}/${entry.source.sizeBytes}` }),
    });
    if (request.method === 'HEAD') {
      response.end();
      return;
    }
    try {
      await this.#send(entry.source, range, response);
    } catch (error) {
      entry.failed.abort(toMillraceError(error, 'MILL_SOURCE_UNAVAILABLE'));
      response.destroy();
    }
  }

  /**
   * No faster than it is read, as far as that can be told: the kernel takes megabytes of an answer at once, and ffmpeg
   * often looks at a place, leaves, and seeks. So the first blocks are given out slowly, and only then is read ahead.
   */
  async #send(source: ServedSource, { start, end: stop }: Range, response: ServerResponse): Promise<void> {
    let sent = 0;
    for (let position = start; position < stop && !response.destroyed; sent++) {
      const index = Math.floor(position / this.#blockBytes);
      const offset = index * this.#blockBytes;
      if (sent > SLOW_BLOCKS) source.readAhead(index);
      else if (sent > 0) await lingering(response);
      const block = await source.block(index);
      const part = block.subarray(position - offset, stop - offset);
      position += part.length;
      if (!response.write(part)) await drained(response);
    }
    response.end();
  }
}

/** Ends early when the reader leaves, which seeks by a connection of its own. */
const drained = (response: ServerResponse): Promise<void> => untilClosed(response, (end) => {
  response.on('drain', end);
  return () => { response.off('drain', end); };
});

const lingering = (response: ServerResponse): Promise<void> => untilClosed(response, (end) => {
  const timer = setTimeout(end, SLOW_BLOCK_MS);
  return () => { clearTimeout(timer); };
});

function untilClosed(response: ServerResponse, begin: (end: () => void) => () => void): Promise<void> {
  return new Promise((resolve) => {
    if (response.destroyed) {
      resolve();
      return;
    }
    const end = (): void => {
      stop();
      response.off('close', end);
      resolve();
    };
    const stop = begin(end);
    response.on('close', end);
  });
}

interface Range {
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
}

/** One range, as ffmpeg asks; `undefined` for what cannot be had. */
function rangeOf(header: string | undefined, size: number): Range | undefined {
  if (header === undefined) return { start: 0, end: size };
  const [, first, last] = /^bytes=(\d{1,15})-(\d{0,15})$/.exec(header) ?? [];
  if (first === undefined || Number(first) >= size) return undefined;
  const end = last === undefined || last === '' ? size : Math.min(Number(last) + 1, size);
  return end > Number(first) ? { start: Number(first), end } : undefined;
}

/** Whether the other end of the connection is a process of our own user. Where the kernel has no such table, it is. */
async function isOurs({ remotePort, localPort }: Socket): Promise<boolean> {
  const uid = process.getuid?.();
  const table = await readFile('/proc/self/net/tcp', 'utf8').catch(() => undefined);
  if (uid === undefined || table === undefined) return true;
  const hex = (port = 0): string => port.toString(16).toUpperCase().padStart(4, '0');
  const row = new RegExp(`: \\w{8}:${hex(remotePort)} \\w{8}:${hex(localPort)} \\S+ \\S+ \\S+ \\S+ +(\\d+) `).exec(table);
  return Number(row?.[1]) === uid;
}
