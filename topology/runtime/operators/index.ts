/** From the nodes of a plan to the nodes of a task. */
import type { BufferMeter } from '../buffer-meter.ts';
import type { PlannedNode } from '../plan.ts';
import type { RuntimeNode, TaskScope } from '../scope.ts';
import { AggregateOperator } from './aggregate.ts';
import { DeduplicateOperator } from './deduplicate.ts';
import { EnrichOperator } from './enrich.ts';
import { FilterOperator } from './filter.ts';
import { FlatMapOperator } from './flat-map.ts';
import { MapOperator } from './map.ts';
import { PassOperator } from './pass.ts';
import { PeekOperator } from './peek.ts';
import { PipeOperator } from './pipe.ts';
import { ProcessOperator } from './process.ts';
import { SinkOperator } from './sink.ts';
import { SourceOperator } from './source.ts';
import { SplitOperator } from './split.ts';

export { EnrichOperator, SourceOperator };

export function createOperator({ index, node }: PlannedNode, scope: TaskScope, meter: BufferMeter): RuntimeNode {
  const { spec } = node;
  switch (spec.kind) {
    case 'source': return new SourceOperator(node, spec, scope);
    case 'filter': return new FilterOperator(node, spec, scope);
    case 'map':
    case 'mapValues':
    case 'selectKey': return new MapOperator(node, spec, scope);
    case 'flatMap':
    case 'flatMapValues': return new FlatMapOperator(node, spec, scope);
    case 'peek': return new PeekOperator(node, spec, scope);
    case 'split': return new SplitOperator(node, spec, scope);
    case 'branch':
    case 'merge': return new PassOperator(node, scope);
    case 'pipe': return new PipeOperator(node, spec, scope);
    case 'process': return new ProcessOperator(node, spec, scope);
    case 'enrich': return new EnrichOperator(node, spec, scope, { index, meter });
    case 'deduplicate': return new DeduplicateOperator(node, spec, scope);
    case 'aggregate': return new AggregateOperator(node, spec, scope);
    case 'sink': return new SinkOperator(node, spec, scope);
  }
}
