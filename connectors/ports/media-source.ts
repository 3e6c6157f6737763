/**
 * Where bytes of media come from: a small port, so that another scheme (s3:) is one opener more. A source is opened
 * once and used as it was opened from then on: nobody can put another file under the name between check and use, and
 * no name, however hostile, reaches a command line.
 */

/** How another program (ffmpeg) reads a source, with seeks. */
export type MediaInput =
  /** A regular file, open for reading. */
  | { readonly type: 'descriptor'; readonly fd: number }
  /** An address on this machine that answers ranged requests, for as long as the source is open. */
  | {
    readonly type: 'address';
    /** `http://127.0.0.1:<port>/<token>`: nothing of the source's name is in it. */
    readonly url: string;
    /**
     * Aborts, with our error as its reason, when the bytes behind the address could not be had. What a program has made
     * of them until then says nothing of the media.
     */
    readonly failed: AbortSignal;
  };

export interface MediaSource {
  readonly input: MediaInput;
  readonly sizeBytes: number;
  /** Changes whenever the bytes may have changed; the same wherever and whenever the same source is opened. */
  readonly identity: string;
  /** Up to `length` bytes; fewer at the end. */
  read(position: number, length: number): Promise<Buffer>;
  /** All bytes in order. A chunk is valid until the next one is asked for. */
  chunks(): AsyncIterable<Buffer>;
  /** @throws MillraceError MILL_SOURCE_CHANGED */
  assertUnchanged(): Promise<void>;
  close(): Promise<void>;
}

/** @throws MillraceError MILL_SOURCE_NOT_FOUND, MILL_SOURCE_UNAVAILABLE, MILL_MEDIA_FORBIDDEN */
export type SourceOpener = (uri: URL) => Promise<MediaSource>;

/** By scheme, with its colon: `file:`. */
export type SourceOpeners = Readonly<Record<string, SourceOpener>>;
