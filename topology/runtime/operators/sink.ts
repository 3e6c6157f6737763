import { MillraceError, assertLegalRecord } from '../../../connectors/ports/index.ts';
import type { OutgoingRecord } from '../../../connectors/ports/index.ts';
import type { SinkSpec, TopologyNode } from '../../graph/index.ts';
import { payloadBytes } from '../flow.ts';
import type { Flow } from '../flow.ts';
import type { TaskScope } from '../scope.ts';
import { withTrace } from '../telemetry/index.ts';
import { Operator } from './operator.ts';

/** `to` and the writing half of `repartition`: bytes into the epoch's outputs. */
export class SinkOperator extends Operator {
  readonly #spec: SinkSpec;
  readonly #topic: string;
  readonly #maxBytes: number | undefined;

  constructor(node: TopologyNode, spec: SinkSpec, scope: TaskScope) {
    super(node, scope);
    this.#spec = spec;
    this.#topic = scope.topicName(spec.topic);
    this.#maxBytes = scope.maxRecordBytes(this.#topic);
  }

  override run(batch: readonly Flow[]): void {
    this.counters.processed += batch.length;
    const { key: keySerde, value: valueSerde } = this.#spec;
    for (const flow of batch) {
      try {
        const key = flow.key === null || flow.key === undefined ? null : keySerde.serialize(flow.key);
        const value = flow.value === null || flow.value === undefined ? null : valueSerde.serialize(flow.value);
        const record: OutgoingRecord = { topic: this.#topic, timestampMs: flow.timestampMs, key, value, headers: withTrace(flow) };
        // Here it is the record's own fault; the log would refuse the whole commit, again and again.
        assertLegalRecord(record);
        if (this.#maxBytes !== undefined) assertFits(record, this.#maxBytes);
        this.scope.emit(record);
      } catch (error) {
        this.scope.reject(flow, this.name, error);
      }
    }
  }
}

function assertFits(record: OutgoingRecord, maxBytes: number): void {
  const bytes = payloadBytes(record);
  if (bytes > maxBytes) throw new MillraceError('MILL_RECORD_TOO_LARGE', `A record for ${record.topic} has ${bytes} bytes, and the topic takes ${maxBytes}.`);
}
