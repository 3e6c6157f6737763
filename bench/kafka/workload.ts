/** What all contenders read: the same records on every run, in an order that looks random. */
import type { OutgoingRecord } from '../../connectors/ports/index.ts';

const VALUE = Buffer.alloc(200, 'x');
const PRODUCED_AT_ONCE = 6000;

/** Looks random and is the same on every run (Lehmer). */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 48_271) % 0x7fffffff;
    return state % below;
  };
}

/** Exactly `distinct` keys; the other records repeat one of them, before or after it. */
export function* recordsOf(topic: string, count: number, distinct: number): Iterable<readonly OutgoingRecord[]> {
  const next = numbers(42);
  const ids = Int32Array.from({ length: count }, (_, index) => (index < distinct ? index : next(distinct)));
  for (let index = count - 1; index > 0; index--) {
    const other = next(index + 1);
    [ids[index], ids[other]] = [ids[other] ?? 0, ids[index] ?? 0];
  }
  const timestampMs = Date.now();
  for (let at = 0; at < count; at += PRODUCED_AT_ONCE) {
    yield Array.from(ids.subarray(at, at + PRODUCED_AT_ONCE), (id): OutgoingRecord => ({ topic, key: Buffer.from(`id-${id}`), value: VALUE, timestampMs, headers: {} }));
  }
}
