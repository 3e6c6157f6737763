import type { SplitSpec, TopologyNode } from '../../graph/index.ts';
import type { Flow } from '../flow.ts';
import type { TaskScope } from '../scope.ts';
import { Operator } from './operator.ts';

/** One outlet a branch. */
export class SplitOperator extends Operator {
  override readonly outlets: Flow[][];
  readonly #spec: SplitSpec;

  constructor(node: TopologyNode, spec: SplitSpec, scope: TaskScope) {
    super(node, scope);
    this.#spec = spec;
    this.outlets = spec.branches.map(() => []);
  }

  override run(batch: readonly Flow[]): void {
    this.counters.processed += batch.length;
    for (const flow of batch) {
      try {
        const port = this.#spec.branches.findIndex((branch) => branch.predicate(flow.value, flow.key));
        this.outlets[port]?.push(flow);
      } catch (error) {
        this.scope.reject(flow, this.name, error);
      }
    }
  }
}
