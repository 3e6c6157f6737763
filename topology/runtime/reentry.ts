/** Where records of retry topics enter a task again. */
import { MillraceError } from '../../connectors/ports/index.ts';
import type { LogRecord } from '../../connectors/ports/index.ts';
import type { Entering } from './executor.ts';
import { Flow } from './flow.ts';
import type { Root } from './flow.ts';
import type { SourceOperator } from './operators/index.ts';
import type { SubtopologyPlan } from './plan.ts';
import { readRetried } from './retry-record.ts';
import type { RetriedRecord } from './retry-record.ts';

export interface ReentryDeps {
  readonly plan: SubtopologyPlan;
  /** By topic, as the log names it. */
  readonly sourceOf: ReadonlyMap<string, SourceOperator>;
  readonly reject: (flow: Flow, node: string, error: unknown) => void;
}

export class Reentry {
  readonly #deps: ReentryDeps;
  readonly #indexOf: ReadonlyMap<string, number>;

  constructor(deps: ReentryDeps) {
    this.#deps = deps;
    this.#indexOf = new Map(deps.plan.nodes.map(({ index, node: { name } }) => [name, index]));
  }

  /** What the sources that the records came from must look up before they can be decoded. */
  prepare(records: readonly LogRecord[]): Promise<void> | undefined {
    const pending = records.flatMap((retried) => {
      const { record } = readRetried(retried);
      return this.#deps.sourceOf.get(record.topic)?.prepare([record]) ?? [];
    });
    return pending.length === 0 ? undefined : Promise.all(pending).then(() => undefined);
  }

  /** Into the node that it failed at; through its source (`null`) where that node is gone, or what it was given is not known. */
  enter({ node, input }: RetriedRecord, root: Root, ordinal: number): Entering | null {
    const { sourceOf, reject, plan } = this.#deps;
    const { record } = root;
    const child = node === null ? undefined : this.#indexOf.get(node);
    if (child !== undefined && input !== null) return { child, flow: new Flow(input.key, input.value, input.timestampMs, input.headers, ordinal, root, null, root.trace) };
    const source = sourceOf.get(record.topic);
    if (source === undefined) {
      const gone = new MillraceError('MILL_TOPIC_MISMATCH', `The record is of ${record.topic}, which ${plan.subtopology.name} does not read any more.`);
      reject(new Flow(record.key, record.value, record.timestampMs, record.headers, ordinal, root, null, root.trace), node ?? record.topic, gone);
      return null;
    }
    if (child === undefined) {
      source.take(root, ordinal);
      return null;
    }
    const flow = source.decode(root, ordinal);
    return flow === null ? null : { child, flow };
  }
}
