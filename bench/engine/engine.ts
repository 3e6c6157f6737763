/** Our side: the two topologies, from start() until everything is committed. */
import type { LogDriver } from '../../connectors/ports/index.ts';
import { Streams, StreamsBuilder, bytesSerde, stringSerde } from '../../topology/index.ts';
import type { KStream } from '../../topology/index.ts';
import { COMMIT_RECORDS, INPUT, OUTPUT, POLL, TTL_MS, changed } from './workload.ts';

const serdes = { key: stringSerde, value: bytesSerde };
type Stream = KStream<string, Buffer>;

async function run(driver: LogDriver, middle: (stream: Stream) => Stream): Promise<void> {
  const builder = new StreamsBuilder();
  middle(builder.stream(INPUT, serdes)).to(OUTPUT, serdes);
  const streams = new Streams(builder.build(), { applicationId: 'bench', driver, epoch: { maxRecords: COMMIT_RECORDS }, poll: POLL });
  await streams.start();
  await streams.whenIdle();
  await streams.close();
}

export const passThrough = (driver: LogDriver): Promise<void> => run(driver, (stream) => stream.mapValues(changed));

export const deduplicate = (driver: LogDriver): Promise<void> =>
  run(driver, (stream) => stream.deduplicate({ name: 'once', by: (_value, key) => key, ttlMs: TTL_MS }));
