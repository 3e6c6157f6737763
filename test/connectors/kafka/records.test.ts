/** The record-batch codec of both drivers: what it writes it reads, what is void or malformed it does not give out. */
import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { CODEC_NUMBERS, type CodecName } from '../../../connectors/kafka/client/codecs.ts';
import { crc32c } from '../../../connectors/kafka/client/records/crc32c.ts';
import { AT, ATTRIBUTES } from '../../../connectors/kafka/client/records/layout.ts';
import { Cursor, decodeBatches, encodeBatch, type BatchOptions } from '../../../connectors/kafka/client/records/index.ts';
import { varintSize, writeInt64, writeVarint } from '../../../connectors/kafka/client/records/numbers.ts';
import type { LogRecord, OutgoingRecord } from '../../../connectors/ports/index.ts';

const NOW = 1_700_000_000_000;
const OPTIONS: BatchOptions = { compression: 'none', maxBytes: 1_000_000, producerId: 7, producerEpoch: 3, firstSequence: 0, transactional: false };

const outgoing = (value: string | null, more: Partial<OutgoingRecord> = {}): OutgoingRecord =>
  ({ topic: 't', partition: 0, key: null, value: value === null ? null : Buffer.from(value), headers: {}, timestampMs: NOW, ...more });

/** What a broker does to a batch that it has been sent. */
function stored(batch: Buffer, { at = 0, attributes = 0, maxTimestamp }: { at?: number; attributes?: number; maxTimestamp?: number } = {}): Buffer {
  const bytes = Buffer.from(batch);
  writeInt64(bytes, at, AT.firstOffset);
  bytes.writeInt16BE(bytes.readInt16BE(AT.attributes) | attributes, AT.attributes);
  if (maxTimestamp !== undefined) writeInt64(bytes, maxTimestamp, AT.maxTimestamp);
  return sealed(bytes);
}

function sealed(bytes: Buffer): Buffer {
  bytes.writeUInt32BE(crc32c(bytes.subarray(AT.attributes)), AT.crc);
  return bytes;
}

async function batchAt(at: number, values: readonly string[], options: Partial<BatchOptions> = {}): Promise<Buffer> {
  return stored((await encodeBatch(values.map((value) => outgoing(value)), 0, { ...OPTIONS, ...options })).bytes, { at });
}

/** One control record: its key is a version and a type (0 aborts, 1 commits). */
async function markerAt(at: number, producerId: number, type: 0 | 1): Promise<Buffer> {
  const { bytes } = await encodeBatch([outgoing('marker', { key: Buffer.from([0, 0, 0, type]) })], 0, { ...OPTIONS, producerId, firstSequence: -1, transactional: true });
  return stored(bytes, { at, attributes: ATTRIBUTES.control });
}

const read = (bytes: Buffer, more: { offset?: number; aborted?: readonly { producerId: number; firstOffset: number }[] } = {}): ReturnType<typeof decodeBatches> =>
  decodeBatches(bytes, { topic: 't', partition: 2, offset: 0, aborted: [], ...more });
const valuesOf = ({ records }: { records: readonly LogRecord[] }): string[] => records.map(({ value }) => String(value));
const failureOf = (bytes: Buffer): Promise<unknown> => read(bytes).then(() => 'read', (error: unknown) => error);

/** Written by kafka-clients 4.3.1 for Java (MemoryRecords): three records of the producer 4321. */
const FROM_JAVA: Readonly<Record<CodecName | 'none', string>> = {
  none: 'AAAAAAAAAAAAAADL/////wIO1EVKAAAAAAACAAABi8/laAAAAAGLz+VoCQAAAAAAABDhAAMAAAARAAAAAxgAAAACawJ2AgJoAjH+AQASAgHwAXZhbHVlIHZhbHVlIHZhbHVlIHZhbHVlIHZhbHVlIHZhbHVlIHZhbHVlIHZhbHVlIHZhbHVlIHZhbHVlIHZhbHVlIHZhbHVlIHZhbHVlIHZhbHVlIHZhbHVlIHZhbHVlIHZhbHVlIHZhbHVlIHZhbHVlIHZhbHVlIAAWAI9OBAhnb25lAQA=',
  gzip: 'AAAAAAAAAAAAAABv/////wKOFCYAAAEAAAACAAABi8/laAAAAAGLz+VoCQAAAAAAABDhAAMAAAARAAAAAx+LCAAAAAAAAP+TYGBgYMpmKmNiymAy/MfIIMTE+IGxLDGnNFWB/iSDGEO/HwtHen5eKiMDAKAOn6yaAAAA',
  snappy: 'AAAAAAAAAAAAAAB3/////wKTLktOAAIAAAACAAABi8/laAAAAAGLz+VoCQAAAAAAABDhAAMAAAARAAAAA4JTTkFQUFkAAAAAAQAAAAEAAAAymgFoGAAAAAJrAnYCAmgCMf4BABICAfABdmFsdWUg/gYAxgYAMAAWAI9OBAhnb25lAQA=',
  lz4: 'AAAAAAAAAAAAAABu/////wIG7f4LAAMAAAACAAABi8/laAAAAAGLz+VoCQAAAAAAABDhAAMAAAARAAAAAwQiTRhgQIIuAAAA/wwYAAAAAmsCdgICaAIx/gEAEgIB8AF2YWx1ZSAGAF/QABYAj04ECGdvbmUBAAAAAAA=',
  zstd: 'AAAAAAAAAAAAAABt/////wKiVAhXAAQAAAACAAABi8/laAAAAAGLz+VoCQAAAAAAABDhAAMAAAARAAAAAyi1L/0AWIQBAIQCGAAAAAJrAnYCAmgCMf4BABICAfABdmFsdWUgABYAj04ECGdvbmUBAAEAv6RlDAEAAA==',
};

describe('record batches', () => {
  describe('the checksum', () => {
    it('is CRC-32C (RFC 3720, B.4)', () => {
      expect(crc32c(Buffer.alloc(32))).to.equal(0x8a9136aa);
      expect(crc32c(Buffer.alloc(32, 0xff))).to.equal(0x62a8ab43);
      expect(crc32c(Buffer.from('123456789'))).to.equal(0xe3069283);
    });
  });

  describe('numbers', () => {
    it('come back from a varint of the size that was told, up to the safe integers of either sign', () => {
      const powers = Array.from({ length: 52 }, (_, power) => 2 ** power);
      for (const value of [0, ...powers.flatMap((power) => [power - 1, power, power + 1])].flatMap((positive) => [positive, -positive])) {
        const bytes = Buffer.alloc(10);
        const end = writeVarint(bytes, value, 0);
        expect(end, String(value)).to.equal(varintSize(value));
        const cursor = new Cursor(bytes);
        expect(cursor.varint() + 0, String(value)).to.equal(value + 0);
        expect(cursor.at, String(value)).to.equal(end);
      }
    });

    it('of 64 bits come back', () => {
      for (const value of [0, 1, -1, 2 ** 31, 2 ** 32, -(2 ** 32) - 1, NOW, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER]) {
        const bytes = Buffer.alloc(8);
        writeInt64(bytes, value, 0);
        expect(bytes.readBigInt64BE()).to.equal(BigInt(value));
        expect(new Cursor(bytes).int64()).to.equal(value);
      }
    });
  });

  for (const [compression, base64] of Object.entries(FROM_JAVA)) {
    it(`of the Java client are read, compression ${compression}`, async () => {
      const { records, nextOffset } = await read(Buffer.from(base64, 'base64'));
      expect(nextOffset).to.equal(3);
      expect(records.map(({ offset, timestampMs, key, value, headers }) => ({ offset, timestampMs, key: key?.toString(), value: value?.toString(), headers: Object.entries(headers).map(([name, header]) => `${name}=${header.toString()}`) }))).to.deep.equal([
        { offset: 0, timestampMs: NOW, key: 'k', value: 'v', headers: ['h=1'] },
        { offset: 1, timestampMs: NOW + 9, key: undefined, value: 'value '.repeat(20), headers: [] },
        { offset: 2, timestampMs: NOW - 5_000, key: 'gone', value: undefined, headers: [] },
      ]);
    });
  }

  it('are written as the Java client does, byte by byte', async () => {
    const sent = [
      outgoing('v', { key: Buffer.from('k'), headers: { h: Buffer.from('1') } }), outgoing('value '.repeat(20), { timestampMs: NOW + 9 }),
      outgoing(null, { key: Buffer.from('gone'), timestampMs: NOW - 5_000 }),
    ];
    const { bytes } = await encodeBatch(sent, 0, { ...OPTIONS, producerId: 4321, firstSequence: 17 });
    expect(bytes.toString('base64')).to.equal(FROM_JAVA.none);
  });

  for (const compression of ['none', ...Object.keys(CODEC_NUMBERS) as CodecName[]] as const) {
    it(`come back: keys, values, headers and times, ${compression === 'none' ? 'as they are' : `by ${compression}`}`, async () => {
      const sent = [
        outgoing('first', { key: Buffer.from('a') }),
        outgoing(null, { key: Buffer.alloc(0), timestampMs: NOW - 5_000 }),
        outgoing('', { headers: { trace: randomBytes(16), 'größe': Buffer.alloc(0), ['__proto__']: Buffer.from('own') } }),
        outgoing('x'.repeat(70_000), { timestampMs: NOW + 2 ** 33 }),
      ];
      const { bytes, count } = await encodeBatch(sent, 0, { ...OPTIONS, compression });
      expect(count).to.equal(4);
      const { records, nextOffset } = await read(stored(bytes, { at: 2 ** 40 }));
      expect(nextOffset).to.equal(2 ** 40 + 4);
      expect(records.map(({ topic, partition, offset }) => ({ topic, partition, offset }))).to.deep.equal(sent.map((_, index) => ({ topic: 't', partition: 2, offset: 2 ** 40 + index })));
      records.forEach(({ key, value, timestampMs, headers }, index) => {
        const record = sent[index]!;
        expect({ key, value, timestampMs }).to.deep.equal({ key: record.key, value: record.value, timestampMs: record.timestampMs });
        expect(Object.entries(headers)).to.deep.equal(Object.entries(record.headers));
      });
    });

    it(`refuses any batch with a changed byte, ${compression}`, async () => {
      const batch = await batchAt(0, ['one', 'two', 'three'], { compression });
      for (let at = AT.attributes; at < batch.length; at += 1) {
        const changed = Buffer.from(batch);
        changed[at] = changed[at]! ^ 0x10;
        expect(await failureOf(changed), String(at)).to.include({ name: 'MillraceError', code: 'MILL_KAFKA_FAILED' });
      }
    });
  }

  it('hold the producer, its sequence and the largest time', async () => {
    const { bytes } = await encodeBatch([outgoing('a'), outgoing('b', { timestampMs: NOW + 9 }), outgoing('c')], 1, { ...OPTIONS, producerId: 2 ** 40, firstSequence: 11, transactional: true });
    expect(bytes.readBigInt64BE(AT.producerId)).to.equal(2n ** 40n);
    expect([bytes.readInt16BE(AT.producerEpoch), bytes.readInt32BE(AT.firstSequence), bytes.readInt32BE(AT.lastOffsetDelta), bytes.readInt32BE(AT.count)]).to.deep.equal([3, 11, 1, 2]);
    expect(bytes.readBigInt64BE(AT.maxTimestamp)).to.equal(BigInt(NOW + 9));
    expect(bytes.readInt16BE(AT.attributes)).to.equal(ATTRIBUTES.transactional);
  });

  it('take as many records as fit, to the byte, and always one', async () => {
    const records = Array.from({ length: 10 }, (_, index) => outgoing(String(index).repeat(100)));
    const three = (await encodeBatch(records.slice(0, 3), 0, OPTIONS)).bytes.length;
    expect((await encodeBatch(records, 0, { ...OPTIONS, maxBytes: three })).count).to.equal(3);
    expect((await encodeBatch(records, 0, { ...OPTIONS, maxBytes: three - 1 })).count).to.equal(2);
    expect((await encodeBatch(records, 0, { ...OPTIONS, maxBytes: 1 })).count).to.equal(1);
    const rest = await encodeBatch(records, 8, OPTIONS);
    expect([rest.count, valuesOf(await read(rest.bytes))]).to.deep.equal([2, ['8'.repeat(100), '9'.repeat(100)]]);
  });

  it('leave out what lies below the offset asked for', async () => {
    const { records, nextOffset } = await read(await batchAt(10, ['a', 'b', 'c']), { offset: 12 });
    expect(records.map(({ offset }) => offset)).to.deep.equal([12]);
    expect(nextOffset).to.equal(13);
    expect(await read(Buffer.alloc(0), { offset: 12 })).to.deep.equal({ records: [], nextOffset: 12 });
  });

  it('are read up to the one that is cut short, wherever it is cut', async () => {
    const [first, second] = [await batchAt(0, ['a', 'b']), await batchAt(2, ['c'])];
    for (let length = 0; length < second.length; length += 1) {
      const answer = await read(Buffer.concat([first, second.subarray(0, length)]));
      expect([valuesOf(answer), answer.nextOffset], String(length)).to.deep.equal([['a', 'b'], 2]);
    }
  });

  it('have the time of the broker where the topic wants that', async () => {
    const { bytes } = await encodeBatch([outgoing('a')], 0, OPTIONS);
    const { records: [record] } = await read(stored(bytes, { attributes: ATTRIBUTES.logAppendTime, maxTimestamp: NOW + 77 }));
    expect(record?.timestampMs).to.equal(NOW + 77);
  });

  it('may have been emptied by compaction, and are passed', async () => {
    const batch = (await batchAt(5, ['a', 'b', 'c'])).subarray(0, AT.records);
    const emptied = Buffer.from(batch);
    emptied.writeInt32BE(AT.records - 12, AT.length);
    emptied.writeInt32BE(0, AT.count);
    expect(await read(sealed(emptied))).to.deep.equal({ records: [], nextOffset: 8 });
    expect(await read(stored(emptied, { at: 5, attributes: ATTRIBUTES.control }))).to.deep.equal({ records: [], nextOffset: 8 });
  });

  describe('of aborted transactions', () => {
    it('are left out up to the marker, other producers\' and later ones are not', async () => {
      const transactional = (producerId: number): Partial<BatchOptions> => ({ producerId, transactional: true });
      const answer = await read(Buffer.concat([
        await batchAt(0, ['a0'], transactional(1)), await batchAt(1, ['b0'], transactional(2)), await batchAt(2, ['plain of 1'], { producerId: 1 }), await batchAt(3, ['a1'], transactional(1)),
        await markerAt(4, 1, 0), await batchAt(5, ['a2'], transactional(1)), await markerAt(6, 2, 1), await markerAt(7, 1, 1), await batchAt(8, ['a3'], transactional(1)), await markerAt(9, 1, 0),
      ]), { aborted: [{ producerId: 1, firstOffset: 8 }, { producerId: 1, firstOffset: 0 }] });
      expect(valuesOf(answer)).to.deep.equal(['b0', 'plain of 1', 'a2']);
      expect(answer.nextOffset).to.equal(10);
    });

    it('are left out also where the answer begins within the transaction', async () => {
      const answer = await read(Buffer.concat([await batchAt(20, ['late'], { producerId: 1, transactional: true }), await markerAt(21, 1, 0)]), { offset: 20, aborted: [{ producerId: 1, firstOffset: 3 }] });
      expect(answer).to.deep.equal({ records: [], nextOffset: 22 });
    });
  });

  describe('that are malformed', () => {
    /** Of one record "value", checksum right. */
    const malformed = async (change: (bytes: Buffer) => void): Promise<Buffer> => {
      const bytes = Buffer.from(await batchAt(0, ['value']));
      change(bytes);
      return sealed(bytes);
    };

    const cases: Readonly<Record<string, (bytes: Buffer) => void>> = {
      'have more records than bytes': (bytes) => { bytes.writeInt32BE(2, AT.count); },
      'have a record that ends before its value': (bytes) => { bytes[AT.records] = 2; },
      'have a record that ends behind them': (bytes) => { bytes[AT.records] = 126; },
      'have a record of a negative length': (bytes) => { bytes[AT.records] = 127; },
      'have a value that ends behind them': (bytes) => { bytes[AT.records + 5] = 126; },
      'have a number without an end': (bytes) => { bytes.fill(0xff, AT.records); },
      'have a header of no name': (bytes) => { bytes.set([12, 0, 0, 0, 1, 1, 2, 1], AT.records); },
      'have a codec that Kafka does not have': (bytes) => { bytes.writeInt16BE(7, AT.attributes); },
      'are not compressed as they say': (bytes) => { bytes.writeInt16BE(CODEC_NUMBERS.gzip, AT.attributes); },
      'are of an older format': (bytes) => { bytes[AT.magic] = 1; },
      'have the length zero': (bytes) => { bytes.writeInt32BE(0, AT.length); },
      'have a length that leads back': (bytes) => { bytes.writeInt32BE(-12, AT.length); },
    };
    for (const [what, change] of Object.entries(cases)) {
      it(`are refused when they ${what}`, async () => {
        const failure = await failureOf(await malformed(change));
        expect(failure).to.include({ name: 'MillraceError', code: 'MILL_KAFKA_FAILED' });
      });
    }

    it('are named by topic, partition and place', async () => {
      const broken = Buffer.from(await batchAt(6, ['b']));
      broken[broken.length - 2] = 0xee;
      expect(String(await failureOf(Buffer.concat([await batchAt(4, ['a', 'a']), broken])))).to.match(/t\/2 .*at 6.*checksum/);
    });
  });
});
