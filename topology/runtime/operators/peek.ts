import type { PeekSpec, TopologyNode } from '../../graph/index.ts';
import type { Flow } from '../flow.ts';
import type { TaskScope } from '../scope.ts';
import { StatelessOperator } from './operator.ts';

export class PeekOperator extends StatelessOperator {
  readonly #spec: PeekSpec;

  constructor(node: TopologyNode, spec: PeekSpec, scope: TaskScope) {
    super(node, scope);
    this.#spec = spec;
  }

  protected override each(flow: Flow, out: Flow[]): void {
    this.#spec.action(flow.value, flow.key);
    out.push(flow);
  }
}
