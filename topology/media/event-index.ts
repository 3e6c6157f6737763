/**
 * Stage index, where there is an event index: media.audit, media.insights and media.dlq -> events, which dashboards are
 * drawn from. Ids come of the records, so that what is read again is written over itself.
 *
 * Nothing leaves here for the dead-letter topic, which it reads: what cannot be decoded (the other readers of the topic
 * dead-letter it) and what the index refuses is counted, as what came to `events-refused`, and told. So records come raw,
 * and are decoded here.
 */
import { MillraceError, toMillraceError } from '../../connectors/ports/index.ts';
import type { IndexEvent, RecordHeaders, Serde } from '../../connectors/ports/index.ts';
import type { Serdes } from '../../schemas/index.ts';
import { bytesSerde } from '../dsl/index.ts';
import { auditEventOf, createRefusalNotes, deadLetterEventOf, workEventOf } from './events/index.ts';
import { required } from './services.ts';
import type { StageParts } from './stage.ts';
import { EVENTS } from './subtopologies.ts';
import { TOPICS } from './topics.ts';
import { BatchingWriter } from './writing/index.ts';

interface Raw {
  readonly topic: typeof TOPICS.audit | typeof TOPICS.insights | typeof TOPICS.deadLetters;
  readonly value: Buffer | null;
}

const RAW = { key: bytesSerde, value: bytesSerde };

export function addEvents({ builder, services, options, serdes, notice }: StageParts): void {
  const index = required(services, 'eventIndex', 'index');
  const writer = new BatchingWriter<IndexEvent>({
    maxConcurrentWrites: 1,
    async write(events) {
      const refused = new Map((await index.writeEvents(events)).map(({ event, reason }) => [event, reason]));
      return events.map((event) => refused.get(event));
    },
  }, { batchSize: options.indexBatchSize, backoffMs: options.retry.backoffMs });

  const audit = builder.stream(TOPICS.audit, { ...RAW, name: EVENTS }).mapValues((value): Raw => ({ topic: TOPICS.audit, value }), { name: 'events-change' });
  const work = builder.stream(TOPICS.insights, { ...RAW, name: 'events-insights' }).mapValues((value): Raw => ({ topic: TOPICS.insights, value }), { name: 'events-work' });
  const letters = builder.streamWithTombstones(TOPICS.deadLetters, { ...RAW, name: 'events-dead-letters' })
    .mapValues((value): Raw => ({ topic: TOPICS.deadLetters, value }), { name: 'events-dead-letter' });
  audit
    .merge(work, { name: 'events-findings' })
    .merge(letters, { name: 'events-all' })
    .enrich(async (raw, key, context) => {
      const event = await decoded(raw, key, context.headers, serdes);
      return typeof event === 'string' ? event : await writer.write(event, context);
    }, { name: 'events-write', concurrency: options.concurrency.index, ordering: 'none' })
    .flatMapValues((refusal) => (refusal === undefined ? [] : [refusal]), { name: 'events-outcome' })
    .peek(createRefusalNotes(notice), { name: 'events-refused' });
}

/** The event, or why there is none. */
async function decoded({ topic, value }: Raw, key: Buffer | null, headers: RecordHeaders, serdes: Serdes): Promise<IndexEvent | string> {
  try {
    switch (topic) {
      case TOPICS.audit: return auditEventOf(await read(serdes.auditEvent, value));
      case TOPICS.insights: return workEventOf(await read(serdes.insight, value));
      case TOPICS.deadLetters: return await deadLetterEventOf({ key, value, headers }, serdes.contentClaim);
    }
  } catch (error) {
    const { kind, code, message } = toMillraceError(error);
    // A registry out of reach, for one, is waited for.
    if (code === 'MILL_CLOSED' || (kind !== 'media' && kind !== 'internal')) throw error;
    return message;
  }
}

async function read<T>(serde: Serde<T>, value: Buffer | null): Promise<T> {
  if (value === null) throw new MillraceError('MILL_DESERIALIZATION', 'The record has no value.');
  await serde.prepare?.(value);
  return serde.deserialize(value);
}
