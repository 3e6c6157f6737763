/**
 * Puts an application to the test: waits until its output says all that the input topic holds, ends it, reads its
 * output to the end, and judges (judge.ts).
 */
import type { Kafka, Producer } from 'kafkajs';
import type { ProcessingGuarantee } from '../../connectors/ports/index.ts';
import type { AccountTotal, FaultEvent } from './events.ts';
import { judge } from './judge.ts';
import type { InputRecord, OutputRecord, Verdict } from './judge.ts';
import { TopicReader } from './topic-reader.ts';
import type { ReadRecord } from './topic-reader.ts';
import { GARBLED } from './topology.ts';

export interface Verification {
  readonly kafka: Kafka;
  readonly producer: Producer;
  readonly input: readonly InputRecord[];
  readonly topic: string;
  readonly partitions: number;
  readonly guarantee: ProcessingGuarantee;
  readonly timeoutMs: number;
  /** Ends the application: what it had not committed by then does not count. */
  readonly end: () => Promise<void>;
}

/** Behind everything that was written: readers of committed records come to it when no transaction is open before it. */
const END = Buffer.from('#end');

export interface ReadInput extends InputRecord {
  readonly partition: number;
  readonly offset: number;
}

/** As a reader sees it that knows about the garbled ones; without what only makes it large. */
function eventOf(value: Buffer | null): FaultEvent {
  const { eventId, user, amount } = JSON.parse(String(value?.[0] === GARBLED ? value.subarray(1) : value)) as FaultEvent;
  return { eventId, user, amount };
}

/** What the topic holds below these offsets. */
export async function readInput(kafka: Kafka, topic: string, endOffsets: readonly number[]): Promise<ReadInput[]> {
  const reader = await TopicReader.open(kafka, topic, endOffsets.length);
  try {
    await reader.upTo(endOffsets, 60_000);
    return reader.records().filter(({ partition, offset }) => offset < (endOffsets[partition] ?? 0))
      .map(({ partition, offset, value }) => ({ partition, offset, event: eventOf(value) }));
  } finally {
    await reader.close();
  }
}

const isEnd = ({ key }: ReadRecord): boolean => key?.equals(END) ?? false;

const toOutput = (messages: readonly ReadRecord[]): OutputRecord[] => messages.filter((message) => !isEnd(message))
  .map(({ key, value }) => ({ account: String(key), total: JSON.parse(String(value)) as AccountTotal }));

export async function verify({ kafka, producer, input, topic, partitions, guarantee, timeoutMs, end }: Verification): Promise<Verdict> {
  const reader = await TopicReader.open(kafka, topic, partitions);
  try {
    await reader.until((messages) => judge(input, toOutput(messages), guarantee).lost.length === 0, timeoutMs);
    await end();
    for (let partition = 0; partition < partitions; partition++) await producer.send({ topic, acks: -1, messages: [{ partition, key: END, value: null }] });
    const whole = await reader.until((messages) => messages.filter(isEnd).length >= partitions, 60_000);
    if (!whole) throw new Error(`A transaction on ${topic} stays open`);
    return judge(input, toOutput(reader.records()), guarantee);
  } finally {
    await reader.close();
  }
}
