/**
 * Poison pills: a value that cannot be decoded, a call that throws, and an output over the largest record that a topic
 * takes. Each ends in the dead-letter topic with the raw bytes of its source and KIP-1034's headers, while the others go
 * on; when the cause is mended, a retry brings each back, though its event was seen before.
 */
import { expect } from 'chai';
import { openKafkaLog } from '../../../connectors/kafka/index.ts';
import { DeadLetterQueue } from '../../../ops/dlq/index.ts';
import { Cluster } from '../cluster.ts';
import type { FaultEvent } from '../events.ts';
import { assertKept } from '../figures.ts';
import type { Scenario } from '../figures.ts';
import { TopicReader } from '../topic-reader.ts';
import type { ReadRecord } from '../topic-reader.ts';
import { GARBLED } from '../topology.ts';
import { patiently } from '../world.ts';

interface Pill {
  readonly event: FaultEvent;
  readonly value: Buffer;
  /** As it stands in the dead letter. */
  readonly code: string;
}

const pill = (eventId: string, code: string, prefix: readonly number[] = []): Pill => {
  const event = { eventId, user: 'user-3', amount: 9 };
  return { event, value: Buffer.concat([Buffer.from(prefix), Buffer.from(JSON.stringify(event))]), code };
};

const PILLS = [
  pill('garbled-1', 'MILL_DESERIALIZATION', [GARBLED]),
  pill('throw-1', 'MILL_PROCESSOR_FAILED'),
  pill('huge-1', 'MILL_RECORD_TOO_LARGE'),
];
const ERRORS = '__streams.errors.';
const TRACE = 'trace';

const text = (record: ReadRecord, header: string): string => String(record.headers[header]);

export const poison: Scenario = {
  name: 'poison pills',
  run: (world, driver) => Cluster.run(world, { driver, instances: 1 }, async (cluster) => {
    await cluster.load.more(50);
    const sent = [];
    for (const { event, value } of PILLS) {
      const [at] = await world.producer.send({ topic: cluster.input, acks: -1, messages: [{ key: event.user, value, headers: { [TRACE]: event.eventId } }] });
      sent.push({ partition: String(at?.partition), offset: String(at?.baseOffset) });
    }
    await cluster.load.more(50);

    const { topics: [described] } = await patiently(() => world.admin.fetchTopicMetadata({ topics: [cluster.deadLetters] }));
    const reader = await TopicReader.open(world.kafka, cluster.deadLetters, described?.partitions.length ?? 1);
    await reader.until((records) => records.length >= PILLS.length, 30_000);
    const letters = reader.records();
    await reader.close();
    expect(letters).to.have.length(PILLS.length);
    for (const [index, { event, value, code }] of PILLS.entries()) {
      const letter = letters.find((record) => text(record, TRACE) === event.eventId);
      expect(letter?.value?.equals(value), `raw value of ${event.eventId}`).to.equal(true);
      expect(String(letter?.key)).to.equal(event.user);
      const headers = Object.fromEntries(['topic', 'partition', 'offset', 'code'].map((name) => [name, text(letter!, ERRORS + name)]));
      expect(headers).to.deep.equal({ topic: cluster.input, ...sent[index], code });
      for (const name of ['exception', 'message', 'stacktrace']) expect(text(letter!, ERRORS + name), name).to.not.equal('');
    }

    const broken = cluster.instances[0];
    const strike = await cluster.strike(async () => { await broken?.close(); });
    cluster.startInstance('instance-0', { topology: { mended: true } });
    const takeoverMs = [await cluster.survived(strike)];
    const log = await openKafkaLog({ brokers: [...world.stack.brokers], driver, stateDirectory: cluster.stateDirectory('dlq') });
    try {
      expect(await new DeadLetterQueue({ driver: log, topic: cluster.deadLetters }).retry()).to.equal(PILLS.length);
    } finally {
      await log.close();
    }
    const verdict = await cluster.verdict();
    assertKept(verdict);
    return { rounds: PILLS.length, verdict, takeoverMs };
  }),
};
