/** `aggregate`: folds the records of each key in order, and puts out every change. One read a batch, whatever its keys. */
import type { AggregateSpec, TopologyNode } from '../../graph/index.ts';
import type { KeyValueStore } from '../../../state/index.ts';
import type { Flow } from '../flow.ts';
import { keyIdentity } from '../key-identity.ts';
import type { TaskScope } from '../scope.ts';
import { Operator } from './operator.ts';

export class AggregateOperator extends Operator {
  readonly #spec: AggregateSpec;
  readonly #aggregates: KeyValueStore<unknown, unknown>;

  constructor(node: TopologyNode, spec: AggregateSpec, scope: TaskScope) {
    super(node, scope);
    this.#spec = spec;
    this.#aggregates = scope.store(spec.store) as KeyValueStore<unknown, unknown>;
  }

  override async run(batch: readonly Flow[]): Promise<void> {
    this.counters.processed += batch.length;
    const flows = batch.filter((flow) => flow.key !== null);
    this.counters.dropped += batch.length - flows.length;
    const stored = await this.#aggregates.getMany(flows.map(({ key }) => key));
    const changed = new Set<string>();
    for (let index = 0; index < flows.length; index++) {
      const flow = flows[index] as Flow;
      const identity = keyIdentity(flow.key);
      // What the store gives is a copy of its own: an aggregator may change it in place, and results on their way stay as they are.
      const current = changed.has(identity) ? await this.#aggregates.get(flow.key) : stored[index];
      try {
        const next = this.#spec.aggregator(flow.key, flow.value, current === undefined ? this.#spec.initializer() : current);
        if (next === null || next === undefined) this.#aggregates.delete(flow.key);
        else this.#aggregates.put(flow.key, next);
        changed.add(identity);
        this.out.push(flow.with(flow.key, next ?? null));
      } catch (error) {
        this.scope.reject(flow, this.name, error);
      }
    }
  }
}
