/**
 * Publishes media events to media.assets, by the contract that docs/producers.md tells: Avro in Confluent's wire form,
 * the asset as the key, Kafka's own partitioner.
 *
 * ```ts
 * const producer = await openMediaProducer({ kafka: { brokers: ['kafka:9092'] }, registry: { url: 'http://registry:8081' } });
 * await producer.submit([{ sourceUri: 's3://footage/2026/match.mp4', attributes: { camera: '3' } }]);
 * await producer.close();
 * ```
 */
import { openKafkaProducer, type KafkaTopicProducer } from '../kafka/index.ts';
import { MillraceError, type OutgoingRecord, type RecordHeaders, type Serde } from '../ports/index.ts';
import { openConfluentRegistry } from '../registry/index.ts';
import { currentSchema, openAvroSerde, type AssetSubmitted } from '../../schemas/index.ts';
import { completeMediaEvent, type MediaEvent } from './media-event.ts';
import { compileProducerOptions, type CompiledProducerOptions, type MediaProducerOptions } from './options.ts';
import { SendQueue } from './send-queue.ts';

export interface SendOptions {
  /** Go with every record, such as `traceparent`. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface MediaProducer {
  /**
   * Publishes events, and resolves with them, complete, when all in-sync replicas have them. All are checked before the
   * first is sent. When it rejects with an error of Kafka some may be stored: submit the same complete events again
   * (`completeMediaEvent`), and those that were are dropped by their `eventId`.
   * @throws MillraceError MILL_EVENT_INVALID that names the field, MILL_SOURCE_SCHEME, MILL_KAFKA_UNAVAILABLE
   */
  submit(events: readonly MediaEvent[], options?: SendOptions): Promise<readonly AssetSubmitted[]>;
  /** Publishes tombstones: the assets are removed, with all that was derived from them. */
  remove(assetIds: readonly string[], options?: SendOptions): Promise<void>;
  /** Sends what was asked for, and closes the connections. */
  close(): Promise<void>;
}

/**
 * Connects to Kafka and registers the schema of media events.
 * @throws MillraceError MILL_CONFIG_INVALID, MILL_KAFKA_UNAVAILABLE, MILL_KAFKA_AUTH, MILL_REGISTRY_UNAVAILABLE, MILL_SCHEMA_INCOMPATIBLE
 */
export async function openMediaProducer(options: MediaProducerOptions): Promise<MediaProducer> {
  const compiled = compileProducerOptions(options);
  const serde = await openAvroSerde<AssetSubmitted>(openConfluentRegistry(compiled.registry), { schema: currentSchema('AssetSubmitted'), topic: compiled.topic });
  return new KafkaMediaProducer(await openKafkaProducer(compiled.kafka), serde, compiled);
}

class KafkaMediaProducer implements MediaProducer {
  readonly #kafka: KafkaTopicProducer;
  readonly #serde: Serde<AssetSubmitted>;
  readonly #options: CompiledProducerOptions;
  readonly #queue: SendQueue;
  #closing: Promise<void> | undefined;

  constructor(kafka: KafkaTopicProducer, serde: Serde<AssetSubmitted>, options: CompiledProducerOptions) {
    const { maxBatchRecords, maxPendingRecords } = options;
    this.#kafka = kafka;
    this.#serde = serde;
    this.#options = options;
    this.#queue = new SendQueue({ maxBatchRecords, maxPendingRecords, send: (records) => kafka.produce(records) });
  }

  async submit(events: readonly MediaEvent[], options: SendOptions = {}): Promise<readonly AssetSubmitted[]> {
    const complete = events.map((event) => completeMediaEvent(event, this.#options));
    await this.#send(complete.map((event) => this.#record(event.assetId, this.#serde.serialize(event), event.submittedAtMs, options)));
    return complete;
  }

  async remove(assetIds: readonly string[], options: SendOptions = {}): Promise<void> {
    if (assetIds.includes('')) throw new MillraceError('MILL_EVENT_INVALID', 'AssetSubmitted.assetId: is empty');
    await this.#send(assetIds.map((assetId) => this.#record(assetId, null, Date.now(), options)));
  }

  close(): Promise<void> {
    this.#closing ??= this.#queue.close().then(() => this.#kafka.close());
    return this.#closing;
  }

  async #send(records: readonly OutgoingRecord[]): Promise<void> {
    const { maxBatchRecords } = this.#options;
    for (let at = 0; at < records.length; at += maxBatchRecords) await this.#queue.add(records.slice(at, at + maxBatchRecords));
  }

  #record(assetId: string, value: Buffer | null, timestampMs: number, { headers = {} }: SendOptions): OutgoingRecord {
    return { topic: this.#options.topic, timestampMs, key: Buffer.from(assetId), value, headers: bytesOf(headers) };
  }
}

const bytesOf = (headers: Readonly<Record<string, string>>): RecordHeaders =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, Buffer.from(value)]));
