/**
 * The codecs of record batches, by Kafka's numbers. Snappy comes framed or not, as Kafka's Java clients take both; lz4
 * and zstd are frames of their own formats. Node has gzip itself. A codec is loaded when a batch first needs it.
 */
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { MillraceError } from '../../ports/index.ts';

export interface Codec {
  compress(bytes: Buffer): Promise<Buffer>;
  decompress(bytes: Buffer): Promise<Buffer>;
}

export type CodecName = 'gzip' | 'snappy' | 'lz4' | 'zstd';

/** In the attributes of a batch; 0 is none. */
export const CODEC_NUMBERS: Readonly<Record<CodecName, number>> = { gzip: 1, snappy: 2, lz4: 3, zstd: 4 };

/** zstd's own default. */
const ZSTD_LEVEL = 3;

const loaders: Readonly<Record<CodecName, () => Promise<Codec>>> = {
  gzip: async () => ({ compress: promisify<Buffer, Buffer>(gzip), decompress: promisify<Buffer, Buffer>(gunzip) }),
  snappy: async () => {
    const codec = (await import('kafkajs-snappy')).default();
    return { compress: (buffer) => codec.compress({ buffer }), decompress: (bytes) => codec.decompress(bytes) };
  },
  lz4: async () => {
    const { compressFrame, decompressFrame } = (await import('lz4-napi')).default;
    return { compress: (bytes) => compressFrame(bytes), decompress: (bytes) => decompressFrame(bytes) };
  },
  zstd: async () => {
    const { Decoder, Encoder } = (await import('@toondepauw/node-zstd')).default;
    const encoder = new Encoder(ZSTD_LEVEL);
    const decoder = new Decoder();
    return { compress: (bytes) => encoder.encode(bytes), decompress: (bytes) => decoder.decode(bytes) };
  },
};

const loaded = new Map<CodecName, Promise<Codec>>();

function load(name: CodecName): Promise<Codec> {
  let codec = loaded.get(name);
  if (codec === undefined) {
    codec = loaders[name]();
    loaded.set(name, codec);
  }
  return codec;
}

export const compress = async (name: CodecName, bytes: Buffer): Promise<Buffer> => (await load(name)).compress(bytes);

/** @throws MillraceError MILL_KAFKA_FAILED when the bytes are none of this codec */
export async function decompress(number: number, bytes: Buffer): Promise<Buffer> {
  const name = (Object.keys(CODEC_NUMBERS) as CodecName[]).find((candidate) => CODEC_NUMBERS[candidate] === number);
  if (name === undefined) throw new MillraceError('MILL_KAFKA_FAILED', `A batch is compressed with codec ${number}, which Kafka does not have.`);
  const codec = await load(name);
  try {
    // Not even of no bytes does a codec make nothing.
    if (bytes.length === 0) throw new RangeError('it is empty');
    return await codec.decompress(bytes);
  } catch (error) {
    throw new MillraceError('MILL_KAFKA_FAILED', `A batch cannot be decompressed with ${name}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}
