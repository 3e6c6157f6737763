/**
 * `deduplicate`: the first record of an id goes on and leaves a mark; repeats are dropped while the mark lives.
 *
 * A mark is written into the epoch of the record that it let through, so the two are committed together or not at
 * all. A record carries its marks down the topology. When it is dead-lettered anywhere below in the sub-topology
 * (before the commit of its epoch, therefore), they are taken back in that same commit, so that the record passes
 * when it is submitted again. Of a record that was cut up *before* the deduplication, only the marks of the failed
 * part are taken back; cut up after it, the parts share the mark, and one that fails takes it back for all: then a
 * resubmission repeats the others too, which is the safe side.
 *
 * A repeat that arrives while the first is still on its way is dropped, even if the first then fails: the dead letter
 * stands for both. A repeat that arrives later goes on.
 */
import { MillraceError } from '../../../connectors/ports/index.ts';
import type { DeduplicateSpec, TopologyNode } from '../../graph/index.ts';
import type { MarkStore } from '../../../state/index.ts';
import { Flow } from '../flow.ts';
import type { TaskScope } from '../scope.ts';
import { Operator } from './operator.ts';

const MARK = Buffer.alloc(0);

export class DeduplicateOperator extends Operator {
  readonly #spec: DeduplicateSpec;
  readonly #marks: MarkStore<string, Buffer>;

  constructor(node: TopologyNode, spec: DeduplicateSpec, scope: TaskScope) {
    super(node, scope);
    this.#spec = spec;
    this.#marks = scope.store(spec.store) as MarkStore<string, Buffer>;
  }

  override async run(batch: readonly Flow[]): Promise<void> {
    this.counters.processed += batch.length;
    const ids: (string | null)[] = [];
    const flows: Flow[] = [];
    for (const flow of batch) {
      try {
        ids.push(this.#idOf(flow));
        flows.push(flow);
      } catch (error) {
        this.scope.reject(flow, this.name, error);
      }
    }
    const asked = ids.filter((id) => id !== null);
    const withdrawals = await this.#marks.putMissing(asked, MARK);
    let at = 0;
    for (let index = 0; index < flows.length; index++) {
      const flow = flows[index] as Flow;
      if (ids[index] === null) {
        this.out.push(flow);
        continue;
      }
      const withdrawal = withdrawals[at++];
      if (withdrawal === undefined) {
        this.counters.dropped++;
        continue;
      }
      const { key, value, timestampMs, headers, ordinal, root, marks, trace } = flow;
      this.out.push(new Flow(key, value, timestampMs, headers, ordinal, root, { withdrawal, next: marks }, trace));
    }
  }

  #idOf({ value, key }: Flow): string | null {
    const id: unknown = this.#spec.by(value, key) ?? null;
    if (id === null) return null;
    if (typeof id !== 'string') throw new MillraceError('MILL_PROCESSOR_FAILED', `${this.name}: by() must give a string or null, and gave a ${typeof id}.`);
    return id;
  }
}
