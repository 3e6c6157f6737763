import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { CODEC_NUMBERS, compress, decompress, type CodecName } from '../../../connectors/kafka/client/codecs.ts';

const LARGE = 20_000_000;

describe('codecs of record batches', () => {
  for (const name of Object.keys(CODEC_NUMBERS) as CodecName[]) {
    describe(name, () => {
      const number = CODEC_NUMBERS[name];

      for (const [what, bytes] of [['no bytes', Buffer.alloc(0)], ['one byte', Buffer.from([7])], ['large zeros', Buffer.alloc(LARGE)], ['large noise', randomBytes(LARGE)]] as const) {
        it(`gives ${what} back`, async () => {
          expect((await decompress(number, await compress(name, bytes))).equals(bytes)).to.equal(true);
        });
      }

      it('works several times at once', async () => {
        const all = Array.from({ length: 50 }, (_, index) => randomBytes(index * 1000));
        const back = await Promise.all(all.map(async (bytes) => decompress(number, await compress(name, bytes))));
        expect(back.every((bytes, index) => bytes.equals(all[index]!))).to.equal(true);
      });

      for (const [what, bytes] of [['noise', Buffer.from('no codec has written this, whatever it begins with')], ['what is cut short', undefined], ['nothing', Buffer.alloc(0)]] as const) {
        it(`refuses ${what}`, async () => {
          const malformed = bytes ?? (await compress(name, randomBytes(10_000))).subarray(0, 5000);
          const failure = await decompress(number, malformed).catch((error: unknown) => error);
          expect(failure).to.include({ name: 'MillraceError', code: 'MILL_KAFKA_FAILED' });
        });
      }
    });
  }

  it('refuses a number that Kafka does not have', async () => {
    const failure = await decompress(7, Buffer.from('x')).catch((error: unknown) => error);
    expect(failure).to.include({ name: 'MillraceError', code: 'MILL_KAFKA_FAILED' });
  });
});
