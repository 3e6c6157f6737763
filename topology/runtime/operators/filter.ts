import type { FilterSpec, TopologyNode } from '../../graph/index.ts';
import type { Flow } from '../flow.ts';
import type { TaskScope } from '../scope.ts';
import { StatelessOperator } from './operator.ts';

export class FilterOperator extends StatelessOperator {
  readonly #spec: FilterSpec;

  constructor(node: TopologyNode, spec: FilterSpec, scope: TaskScope) {
    super(node, scope);
    this.#spec = spec;
  }

  protected override each(flow: Flow, out: Flow[]): void {
    if (this.#spec.predicate(flow.value, flow.key)) out.push(flow);
  }
}
