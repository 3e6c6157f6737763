import { of } from 'rxjs';
import type { Observable, OperatorFunction } from 'rxjs';
import { MillraceError, toMillraceError } from '../../../connectors/ports/index.ts';
import type { PipeSpec, StreamRecord, TopologyNode } from '../../graph/index.ts';
import { Flow } from '../flow.ts';
import type { TaskScope } from '../scope.ts';
import { traceOfForwarded } from '../telemetry/index.ts';
import { StatelessOperator } from './operator.ts';

type AnyRecord = StreamRecord<unknown, unknown>;

/** RxJS operators over one record at a time; what has not completed when they return would be lost by a commit, so it is refused. */
export class PipeOperator extends StatelessOperator {
  readonly #operators: readonly OperatorFunction<AnyRecord, AnyRecord>[];

  constructor(node: TopologyNode, spec: PipeSpec, scope: TaskScope) {
    super(node, scope);
    this.#operators = spec.operators;
  }

  protected override each(flow: Flow, out: Flow[]): void {
    const end: { completed: boolean; failure: { readonly error: unknown } | null } = { completed: false, failure: null };
    const piped = this.#operators.reduce<Observable<AnyRecord>>((source, operator) => source.pipe(operator), of(flow));
    piped.subscribe({
      next: ({ key, value, timestampMs, headers }) => { out.push(new Flow(key, value, timestampMs, headers, flow.ordinal, flow.root, flow.marks, traceOfForwarded(headers, flow.headers, flow.trace))); },
      error: (error: unknown) => { end.failure = { error }; },
      complete: () => { end.completed = true; },
    }).unsubscribe();
    if (end.failure !== null) throw toMillraceError(end.failure.error);
    if (!end.completed) {
      throw new MillraceError('MILL_PROCESSOR_FAILED', `${this.name}: the operators did not complete synchronously; use enrich for what waits.`);
    }
  }
}
