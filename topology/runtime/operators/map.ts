import type { MapSpec, MapValuesSpec, SelectKeySpec, TopologyNode } from '../../graph/index.ts';
import type { Flow } from '../flow.ts';
import type { TaskScope } from '../scope.ts';
import { StatelessOperator } from './operator.ts';

/** `map`, `mapValues` and `selectKey`: one record for one. */
export class MapOperator extends StatelessOperator {
  readonly #mapped: (flow: Flow) => Flow;

  constructor(node: TopologyNode, spec: MapSpec | MapValuesSpec | SelectKeySpec, scope: TaskScope) {
    super(node, scope);
    this.#mapped = mapperOf(spec);
  }

  protected override each(flow: Flow, out: Flow[]): void {
    out.push(this.#mapped(flow));
  }
}

function mapperOf(spec: MapSpec | MapValuesSpec | SelectKeySpec): (flow: Flow) => Flow {
  switch (spec.kind) {
    case 'mapValues': return (flow) => flow.with(flow.key, spec.mapper(flow.value, flow.key));
    case 'selectKey': return (flow) => flow.with(spec.mapper(flow.value, flow.key), flow.value);
    case 'map': return (flow) => {
      const { key, value } = spec.mapper(flow);
      return flow.with(key, value);
    };
  }
}
