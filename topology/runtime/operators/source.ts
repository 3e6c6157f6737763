import type { SourceSpec, TopologyNode } from '../../graph/index.ts';
import { toMillraceError } from '../../../connectors/ports/index.ts';
import type { LogRecord } from '../../../connectors/ports/index.ts';
import { Flow } from '../flow.ts';
import type { Root } from '../flow.ts';
import type { TaskScope } from '../scope.ts';
import { Operator } from './operator.ts';

/** Decodes records. Its batch comes from the log, and not from another node. */
export class SourceOperator extends Operator {
  readonly #spec: SourceSpec;

  constructor(node: TopologyNode, spec: SourceSpec, scope: TaskScope) {
    super(node, scope);
    this.#spec = spec;
  }

  override run(): void {
    // Nothing is above a source.
  }

  /** What its serdes must look up before these records can be decoded; `undefined` when that is nothing. */
  prepare(records: readonly LogRecord[]): Promise<void> | undefined {
    const { key, value } = this.#spec;
    if (key.prepare === undefined && value.prepare === undefined) return undefined;
    const pending: Promise<void>[] = [];
    for (const record of records) {
      const keyPending = record.key === null ? undefined : key.prepare?.(record.key);
      const valuePending = record.value === null ? undefined : value.prepare?.(record.value);
      if (keyPending !== undefined) pending.push(keyPending);
      if (valuePending !== undefined) pending.push(valuePending);
    }
    return pending.length === 0 ? undefined : Promise.all(pending).then(() => undefined);
  }

  /** Puts the record out, unless it is a tombstone that nobody asked for, or cannot be decoded. */
  take(root: Root, ordinal: number): void {
    const { record } = root;
    this.counters.processed++;
    if (record.value === null && this.#spec.tombstones === 'drop') {
      this.counters.dropped++;
      return;
    }
    const flow = this.decode(root, ordinal);
    if (flow !== null) this.out.push(flow);
  }

  /** The record as its serdes read it; `null` when they cannot, and it is rejected. */
  decode(root: Root, ordinal: number): Flow | null {
    const { record } = root;
    let key: unknown = null;
    let value: unknown = null;
    try {
      if (record.key !== null) key = this.#spec.key.deserialize(record.key);
      if (record.value !== null) value = this.#spec.value.deserialize(record.value);
    } catch (error) {
      this.scope.reject(new Flow(record.key, record.value, record.timestampMs, record.headers, ordinal, root, null, root.trace), this.name, toMillraceError(error, 'MILL_DESERIALIZATION'));
      return null;
    }
    root.decodedKey = key;
    root.decodedValue = value;
    return new Flow(key, value, record.timestampMs, record.headers, ordinal, root, null, root.trace);
  }
}
