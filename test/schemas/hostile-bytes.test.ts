import { expect } from 'chai';
import { MillraceError } from '../../connectors/ports/index.ts';
import { serdes } from '../../schemas/index.ts';
import { examples } from './examples.ts';

/** Zigzag varint of a long, as Avro writes it. */
function long(value: bigint): Buffer {
  let rest = value >= 0n ? value * 2n : -value * 2n - 1n;
  const bytes: number[] = [];
  do {
    bytes.push(Number(rest & 0x7fn) | (rest > 0x7fn ? 0x80 : 0));
    rest >>= 7n;
  } while (rest > 0n);
  return Buffer.from(bytes);
}

/** The same numbers in each run. */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const insight = serdes.insight.serialize({ ...examples.Insight, spawned: [] });
const vectorStart = insight.indexOf(Buffer.from(new Uint8Array(Float32Array.of(Math.sin(0), Math.sin(1)).buffer))) - 2;
const submitted = serdes.assetSubmitted.serialize({ ...examples.AssetSubmitted, attributes: {} });

const withVectorCount = (...count: Buffer[]): Buffer => Buffer.concat([insight.subarray(0, vectorStart), ...count, insight.subarray(vectorStart + 2)]);
const withMapCount = (...count: Buffer[]): Buffer => Buffer.concat([submitted.subarray(0, -1), ...count]);

describe('hostile lengths in a record', () => {
  it('start from a record whose vector length is where this test thinks it is', () => {
    expect(insight.subarray(vectorStart, vectorStart + 2)).to.deep.equal(long(384n));
  });

  for (const count of [385n, 1_000_000_000n, 2n ** 40n, 2n ** 62n, -1_000_000_000n, -(2n ** 62n)]) {
    it(`are refused before memory is taken for ${count} items`, () => {
      const blockBytes = count < 0 ? [long(1n)] : [];
      const before = process.memoryUsage();
      for (const bytes of [withVectorCount(long(count), ...blockBytes), withMapCount(long(count), ...blockBytes)]) {
        expect(() => { (bytes.length > 1000 ? serdes.insight : serdes.assetSubmitted).deserialize(bytes); })
          .to.throw(MillraceError).with.property('code', 'MILL_DESERIALIZATION');
      }
      const after = process.memoryUsage();
      expect(after.arrayBuffers + after.heapTotal - before.arrayBuffers - before.heapTotal).to.be.below(64 * 1024 * 1024);
    });
  }

  it('of strings are refused, whether too long or negative', () => {
    for (const length of [2n ** 40n, -1n, -40n]) {
      const bytes = Buffer.concat([insight.subarray(0, 5), long(length), insight.subarray(6)]);
      expect(() => serdes.insight.deserialize(bytes)).to.throw(MillraceError).with.property('code', 'MILL_DESERIALIZATION');
    }
  });
});

describe('damaged records', () => {
  it('either decode or are refused with MILL_DESERIALIZATION, whatever byte is changed', () => {
    const original = serdes.insight.serialize({ ...examples.Insight, result: { type: 'TagList', tags: [{ label: 'boat', confidence: 0.5 }] } });
    const random = generator(20_240_229);
    let refused = 0;
    for (let round = 0; round < 5000; round++) {
      const bytes = Buffer.from(original);
      for (let change = random(3); change >= 0; change--) bytes[5 + random(bytes.length - 5)] = random(256);
      try {
        serdes.insight.deserialize(bytes);
      } catch (error) {
        expect(error).to.be.instanceOf(MillraceError).with.property('code', 'MILL_DESERIALIZATION');
        refused++;
      }
    }
    expect(refused).to.be.greaterThan(500);
  });

  it('are refused at every truncation', () => {
    for (let length = 0; length < insight.length; length++) {
      expect(() => serdes.insight.deserialize(insight.subarray(0, length))).to.throw(MillraceError);
    }
  });
});
