import { expect } from 'chai';
import { ByteBudget } from '../../../connectors/elasticsearch/bulk/byte-budget.ts';
import { base64Text, numbersText } from '../../../connectors/elasticsearch/bulk/items.ts';
import { RequestSize } from '../../../connectors/elasticsearch/bulk/request-size.ts';

const MAX = 4 * 1024 * 1024;

describe('the size of bulk requests', () => {
  it('grows while full requests are answered quickly, up to its limit', () => {
    const size = new RequestSize(MAX, 1_000);
    const first = size.bytes;
    size.answered(first, 100);
    expect(size.bytes).to.be.above(first);
    for (let i = 0; i < 100; i += 1) size.answered(size.bytes, 100);
    expect(size.bytes).to.equal(MAX);
  });

  it('learns nothing from requests that were not full', () => {
    const size = new RequestSize(MAX, 1_000);
    const first = size.bytes;
    size.answered(10_000, 1);
    expect(size.bytes).to.equal(first);
  });

  it('halves when an answer is slow or a request is refused, once for those that were on their way together', () => {
    const size = new RequestSize(MAX, 1_000);
    const first = size.bytes;
    for (let i = 0; i < 4; i += 1) size.refused(first);
    expect(size.bytes).to.equal(first / 2);
    size.answered(first / 2, 1_001);
    expect(size.bytes).to.equal(first / 4);
    for (let i = 0; i < 40; i += 1) size.refused(size.bytes);
    expect(size.bytes).to.be.within(1, first / 4 - 1);
    for (let i = 0; i < 40; i += 1) size.answered(size.bytes, 10);
    expect(size.bytes).to.equal(MAX);
  });
});

describe('the budget of bytes in flight', () => {
  const gate = (): { readonly open: () => void; readonly passed: Promise<void> } => {
    let open = (): void => undefined;
    const passed = new Promise<void>((resolve) => { open = resolve; });
    return { open, passed };
  };

  it('holds bytes and requests within bounds, in the order of coming', async () => {
    const budget = new ByteBudget(100, 3);
    const order: string[] = [];
    const gates = [60, 30, 50, 10].map((bytes, i) => ({ bytes, name: String(i), ...gate() }));
    const runs = gates.map(({ bytes, name, passed }) => budget.run(bytes, async () => {
      order.push(name);
      expect(budget.bytesInFlight).to.be.at.most(100);
      await passed;
    }));
    // The third does not fit, and the fourth, which would, does not pass it over.
    expect(order).to.deep.equal(['0', '1']);
    gates[0]!.open();
    await runs[0];
    await Promise.resolve();
    expect(order).to.deep.equal(['0', '1', '2', '3']);
    for (const { open } of gates) open();
    await Promise.all(runs);
    expect(budget.bytesInFlight).to.equal(0);
  });

  it('lets what is larger than all of it through alone', async () => {
    const budget = new ByteBudget(100, 3);
    const first = gate();
    const order: string[] = [];
    const running = budget.run(10, () => first.passed);
    const large = budget.run(1_000, async () => { order.push('large'); });
    expect(order).to.deep.equal([]);
    first.open();
    await Promise.all([running, large]);
    expect(order).to.deep.equal(['large']);
  });

  it('is given back by what fails', async () => {
    const budget = new ByteBudget(100, 1);
    await budget.run(100, async () => { throw new Error('no'); }).catch(() => undefined);
    expect(await budget.run(100, async () => 'in')).to.equal('in');
  });
});

describe('vectors on the wire', () => {
  const vector = Float32Array.from({ length: 384 }, (_, i) => Math.fround(Math.sin(i) / 19.6));

  it('are base64 of their numbers in network order', () => {
    const bytes = Buffer.from(JSON.parse(base64Text(vector)) as string, 'base64');
    expect(Array.from(vector, (_, i) => bytes.readFloatBE(i * 4))).to.deep.equal([...vector]);
    // A part of a larger buffer, which stays as it is.
    const whole = Float32Array.of(9, 1, 2, 9);
    expect(base64Text(whole.subarray(1, 3))).to.equal(base64Text(Float32Array.of(1, 2)));
    expect([...whole]).to.deep.equal([9, 1, 2, 9]);
  });

  it('are numbers for older servers, with nothing lost', () => {
    expect(Float32Array.from(JSON.parse(numbersText(vector)) as number[])).to.deep.equal(vector);
  });
});
