import type { TopologyNode } from '../../graph/index.ts';
import type { Flow } from '../flow.ts';
import type { NodeMetrics } from '../metrics.ts';
import type { RuntimeNode, TaskScope } from '../scope.ts';

/** What every node has: name, counters, one outlet. */
export abstract class Operator implements RuntimeNode {
  readonly name: string;
  readonly outlets: Flow[][] = [[]];
  protected readonly scope: TaskScope;
  protected readonly counters: NodeMetrics;

  constructor(node: TopologyNode, scope: TaskScope) {
    this.name = node.name;
    this.scope = scope;
    this.counters = scope.counters(node.name);
  }

  abstract run(batch: readonly Flow[]): void | Promise<void>;

  protected get out(): Flow[] {
    return this.outlets[0] as Flow[];
  }
}

/** A node that looks at one record at a time and needs no store: a record that throws is rejected, the others go on. */
export abstract class StatelessOperator extends Operator {
  override run(batch: readonly Flow[]): void {
    this.counters.processed += batch.length;
    const { out } = this;
    for (const flow of batch) {
      const before = out.length;
      try {
        this.each(flow, out);
      } catch (error) {
        out.length = before;
        this.scope.reject(flow, this.name, error);
      }
    }
  }

  protected abstract each(flow: Flow, out: Flow[]): void;
}
