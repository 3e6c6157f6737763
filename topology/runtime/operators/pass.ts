import type { Flow } from '../flow.ts';
import { Operator } from './operator.ts';

/** `merge` and the branches of a `split`: records pass as they are. */
export class PassOperator extends Operator {
  override run(batch: readonly Flow[]): void {
    this.counters.processed += batch.length;
    for (const flow of batch) this.out.push(flow);
  }
}
