/**
 * The spans of one task.
 *
 *     process <topic>       CONSUMER   one for each batch that the task takes
 *       processor <node>    INTERNAL   one for each batch that comes to a `process`
 *     enrich <node>         INTERNAL   one for each call, in the trace of its record
 *     commit                CLIENT     one for each epoch, linked to its batches
 *
 * A batch of one record is part of that record's trace. A larger one cannot be, so it is a trace of its own that links
 * to those of its records, and each record stays in its own. While no SDK is registered every method gives `null`
 * after one look.
 */
import { ROOT_CONTEXT, SpanKind, trace } from '@opentelemetry/api';
import type { Attributes, Context, Link, SpanContext, Tracer } from '@opentelemetry/api';
import type { LogRecord, TaskId } from '../../../connectors/ports/index.ts';
import { contextOf } from './trace-headers.ts';
import type { Traced } from './trace-headers.ts';
import { activeTracer } from './tracer.ts';
import { WorkSpan } from './work-span.ts';

export interface TaskIdentity {
  readonly applicationId: string;
  readonly groupId: string;
  readonly id: TaskId;
  /** `messaging.system` of the log. */
  readonly messagingSystem: string;
  /** processing.guarantee. */
  readonly guarantee: string;
}

/** What an epoch remembers of the batches it is made of. */
export type BatchLinks = Link[];

/** More links than this say nothing more, and every one is paid for. */
const MAX_LINKS = 64;

interface Starting {
  readonly name: string;
  readonly kind: SpanKind;
  readonly attributes: Attributes;
  readonly records: readonly Traced[];
  /** Where no record is the parent. */
  readonly otherwise: Context;
}

export class TaskTracing {
  readonly #identity: TaskIdentity;
  readonly #task: Attributes;
  /** Of the batch that is being processed: a task processes one at a time. */
  #batch: WorkSpan | null = null;

  constructor(identity: TaskIdentity) {
    this.#identity = identity;
    this.#task = {
      'millrace.application.id': identity.applicationId,
      'millrace.subtopology': identity.id.subtopology,
      'millrace.partition': identity.id.partition,
    };
  }

  /** Records that a task takes in one turn. */
  batch(records: readonly LogRecord[]): WorkSpan | null {
    const tracer = activeTracer();
    const [first] = records;
    if (tracer === undefined || first === undefined) return null;
    const { messagingSystem, groupId } = this.#identity;
    const topic = records.every((record) => record.topic === first.topic) ? first.topic : null;
    return start(tracer, {
      name: `process ${topic ?? this.#identity.id.subtopology}`,
      kind: SpanKind.CONSUMER,
      attributes: {
        ...this.#task,
        'messaging.system': messagingSystem,
        'messaging.operation.name': 'process',
        'messaging.operation.type': 'process',
        'messaging.consumer.group.name': groupId,
        'messaging.batch.message_count': records.length,
        'messaging.destination.partition.id': String(first.partition),
        ...(topic === null ? {} : { 'messaging.destination.name': topic, 'messaging.kafka.offset': first.offset }),
      },
      records: records.map(({ headers }) => ({ headers, trace: null })),
      otherwise: ROOT_CONTEXT,
    });
  }

  /** The batch whose turn it is; `null` when it has ended. */
  turn(batch: WorkSpan | null): void {
    this.#batch = batch;
  }

  /** A batch that comes to a `process` node. */
  stage(node: string, records: readonly Traced[]): WorkSpan | null {
    const tracer = activeTracer();
    if (tracer === undefined) return null;
    return start(tracer, {
      name: `processor ${node}`,
      kind: SpanKind.INTERNAL,
      attributes: { ...this.#task, 'millrace.node': node, 'messaging.batch.message_count': records.length },
      records,
      otherwise: this.#batch?.context ?? ROOT_CONTEXT,
    });
  }

  /** A call of `enrich`. */
  call(node: string, record: Traced): WorkSpan | null {
    const tracer = activeTracer();
    if (tracer === undefined) return null;
    return start(tracer, { name: `enrich ${node}`, kind: SpanKind.INTERNAL, attributes: { ...this.#task, 'millrace.node': node }, records: [record], otherwise: ROOT_CONTEXT });
  }

  commit(epoch: { readonly records: number; readonly outputs: readonly unknown[]; readonly batches: BatchLinks }): WorkSpan | null {
    const tracer = activeTracer();
    if (tracer === undefined) return null;
    const { messagingSystem, groupId, guarantee } = this.#identity;
    const span = tracer.startSpan('commit', {
      kind: SpanKind.CLIENT,
      links: epoch.batches,
      attributes: {
        ...this.#task,
        'messaging.system': messagingSystem,
        'messaging.operation.name': 'commit',
        'messaging.operation.type': 'settle',
        'messaging.consumer.group.name': groupId,
        'messaging.batch.message_count': epoch.records,
        'millrace.commit.outputs': epoch.outputs.length,
        'millrace.processing.guarantee': guarantee,
      },
    }, ROOT_CONTEXT);
    return new WorkSpan(span, ROOT_CONTEXT, { single: false });
  }

  /** Notes a batch for the commit of its epoch. */
  remember(batch: WorkSpan, links: BatchLinks): void {
    const spanContext = trace.getSpanContext(batch.context);
    if (spanContext !== undefined && links.length < MAX_LINKS) links.push({ context: spanContext });
  }
}

function start(tracer: Tracer, { name, kind, attributes, records, otherwise }: Starting): WorkSpan {
  const single = records.length === 1;
  const contexts = distinct(records);
  const [only] = contexts;
  const parent = single && only !== undefined ? trace.setSpanContext(ROOT_CONTEXT, only) : otherwise;
  const span = tracer.startSpan(name, { kind, attributes, links: single ? [] : contexts.map((spanContext) => ({ context: spanContext })) }, parent);
  return new WorkSpan(span, parent, { single });
}

/** One link a context: the parts of a record share one. */
function distinct(records: readonly Traced[]): SpanContext[] {
  const bySpan = new Map<string, SpanContext>();
  for (const record of records) {
    const found = contextOf(record);
    if (found !== undefined) bySpan.set(found.spanId, found);
    if (bySpan.size === MAX_LINKS) break;
  }
  return [...bySpan.values()];
}
