/**
 * The topology under test has what could lose or repeat a record: deduplication, calls that finish out of order, a
 * repartition topic, and an aggregate whose every change goes out.
 */
import { setTimeout } from 'node:timers/promises';
import { StreamsBuilder, jsonSerde, stringSerde } from '../../topology/index.ts';
import type { Topology } from '../../topology/index.ts';
import type { Serde } from '../../connectors/ports/index.ts';
import { accountOf } from './events.ts';
import type { AccountTotal, FaultEvent } from './events.ts';

export interface TopologySettings {
  readonly input: string;
  readonly output: string;
  /** A call takes between nothing and this. */
  readonly callMs: number;
  readonly concurrency: number;
  /** The call for an event whose id starts with `stall-` takes as long. */
  readonly stallMs: number;
  /** What is wrong with events whose ids start with `throw-` and `huge-`, and with values that start with `GARBLED`, has been mended. */
  readonly mended: boolean;
}

interface Enriched {
  readonly eventId: string;
  readonly account: string;
  readonly amount: number;
  readonly note: string;
}

/** A byte before the JSON that no strict reader takes. */
export const GARBLED = 0x01;
/** Over the largest record that a topic takes by default (1 MiB). */
const HUGE = 2 * 1024 * 1024;
const MARKS_TTL_MS = 6 * 60 * 60 * 1000;

function eventSerde(mended: boolean): Serde<FaultEvent> {
  const strict = jsonSerde<FaultEvent>();
  if (!mended) return strict;
  return { ...strict, deserialize: (bytes) => strict.deserialize(bytes[0] === GARBLED ? bytes.subarray(1) : bytes) };
}

export function faultTopology({ input, output, callMs, concurrency, stallMs, mended }: TopologySettings): Topology {
  const lookUp = async ({ eventId, user, amount }: FaultEvent): Promise<Enriched> => {
    await setTimeout(eventId.startsWith('stall-') ? stallMs : Math.random() * callMs);
    if (eventId.startsWith('throw-') && !mended) throw new Error(`refused ${eventId}`);
    const note = eventId.startsWith('huge-') && !mended ? 'x'.repeat(HUGE) : '';
    return { eventId, account: accountOf(user), amount, note };
  };
  const builder = new StreamsBuilder();
  builder.stream(input, { key: stringSerde, value: eventSerde(mended), name: 'intake' })
    .deduplicate({ name: 'once', by: ({ eventId }) => eventId, ttlMs: MARKS_TTL_MS })
    .enrich(lookUp, { name: 'look-up', concurrency, ordering: 'none' })
    .selectKey(({ account }) => account, { name: 'by-account' })
    .repartition({ name: 'accounts', key: stringSerde, value: jsonSerde<Enriched>() })
    .groupByKey()
    .aggregate<AccountTotal>(
      () => ({ count: 0, sum: 0, eventId: '' }),
      (_account, { eventId, amount }, { count, sum }) => ({ count: count + 1, sum: sum + amount, eventId }),
      { name: 'totals', key: stringSerde, value: jsonSerde<AccountTotal>() },
    )
    .toStream()
    .to(output, { key: stringSerde, value: jsonSerde<AccountTotal>() });
  return builder.build();
}
