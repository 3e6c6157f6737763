/** `aggregate`: folds the records of each key in order, and puts out every change. One read a batch, whatever its keys. */
import type { AggregateSpec, TopologyNode } from '../../graph/index.ts';
import type { KeyValueStore } from '../../../state/index.ts';
import type { Flow } from '../flow.ts';
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
    const flows: Flow[] = [];
    // Keys are equal when their bytes are, as the store sees them.
    const ids: string[] = [];
    for (const flow of batch) {
      if (flow.key === null || flow.key === undefined) {
        this.counters.dropped++;
        continue;
      }
      try {
        ids.push(this.#spec.key.serialize(flow.key).toString('latin1'));
        flows.push(flow);
      } catch (error) {
        this.scope.reject(flow, this.name, error);
      }
    }
    const stored = await this.#aggregates.getMany(flows.map(({ key }) => key));
    const changed = new Set<string>();
    for (let index = 0; index < flows.length; index++) {
      const flow = flows[index] as Flow;
      const id = ids[index] as string;
      // What the store gives is a copy of its own: an aggregator may change it in place, and results on their way stay as they are.
      const current = changed.has(id) ? await this.#aggregates.get(flow.key) : stored[index];
      try {
        const next = this.#spec.aggregator(flow.key, flow.value, current === undefined ? this.#spec.initializer() : current);
        if (next === null || next === undefined) this.#aggregates.delete(flow.key);
        else this.#aggregates.put(flow.key, next);
        changed.add(id);
        this.out.push(flow.with(flow.key, next ?? null));
      } catch (error) {
        this.scope.reject(flow, this.name, error);
      }
    }
  }
}
