import type { FlatMapSpec, FlatMapValuesSpec, TopologyNode } from '../../graph/index.ts';
import type { Flow } from '../flow.ts';
import type { TaskScope } from '../scope.ts';
import { StatelessOperator } from './operator.ts';

/** `flatMap` and `flatMapValues`: any number of records for one. */
export class FlatMapOperator extends StatelessOperator {
  readonly #spec: FlatMapSpec | FlatMapValuesSpec;

  constructor(node: TopologyNode, spec: FlatMapSpec | FlatMapValuesSpec, scope: TaskScope) {
    super(node, scope);
    this.#spec = spec;
  }

  protected override each(flow: Flow, out: Flow[]): void {
    if (this.#spec.kind === 'flatMap') {
      for (const { key, value } of this.#spec.mapper(flow.value, flow.key)) out.push(flow.with(key, value));
    } else {
      for (const value of this.#spec.mapper(flow.value, flow.key)) out.push(flow.with(flow.key, value));
    }
  }
}
