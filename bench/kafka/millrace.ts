/** Our contender: lets the first record of each key through. */
import { openKafkaLog } from '../../connectors/kafka/index.ts';
import type { ProcessingGuarantee } from '../../connectors/ports/index.ts';
import { Streams, StreamsBuilder, bytesSerde, keyValueStore, stringSerde } from '../../topology/index.ts';
import type { KeyValueStore, Topology } from '../../topology/index.ts';
import { ownSettings, tell, whenInputEnds } from './contender.ts';
import type { Driver } from './contender.ts';

const NODE = 'once';
const STORE = { marks: `${NODE}-marks`, keyed: 'seen' };
const TTL_MS = 86_400_000;
const serdes = { key: stringSerde, value: bytesSerde };

const setting = ownSettings();
const kind = setting('store') as keyof typeof STORE;

let begun = false;
function onRecord(): void {
  if (begun) return;
  begun = true;
  tell('first');
}

function timeBytes(timestampMs: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt(timestampMs));
  return bytes;
}

function topology(): Topology {
  const builder = new StreamsBuilder();
  const input = builder.stream(setting('input'), { ...serdes, name: 'input' });
  if (kind === 'marks') {
    input.deduplicate({ name: NODE, by: (_value, key) => { onRecord(); return key; }, ttlMs: TTL_MS }).to(setting('output'), serdes);
  } else {
    builder.addStateStore(keyValueStore({ name: STORE.keyed, ...serdes }));
    input.process<string, Buffer>(() => ({
      async process({ key, value, timestampMs }, context) {
        onRecord();
        const seen = context.store<KeyValueStore<string, Buffer>>(STORE.keyed);
        if (await seen.get(key) !== undefined) return;
        seen.put(key, timeBytes(timestampMs));
        context.forward({ key, value });
      },
    }), { name: NODE, stores: [STORE.keyed] }).to(setting('output'), serdes);
  }
  return builder.build();
}

const ended = whenInputEnds();
tell('starting');
const log = await openKafkaLog({ brokers: [setting('brokers')], driver: setting('driver') as Driver, stateDirectory: setting('stateDirectory') });
const streams = new Streams(topology(), { applicationId: setting('applicationId'), driver: log, processingGuarantee: setting('guarantee') as ProcessingGuarantee });
streams.onStateChange((state) => {
  if (state !== 'ERROR') return;
  console.error(streams.error);
  process.exit(1);
});
let restoring = false;
streams.onRestore({
  onRestoreStart() {
    if (!restoring) tell('restoring');
    restoring = true;
  },
});
await streams.start();
tell('running');
if (setting('mode') === 'restore') {
  let entries = 0;
  for await (const _entry of streams.store(STORE[kind]).all()) entries++;
  tell('counted', { entries });
}

await ended;
await streams.close();
await log.close();
