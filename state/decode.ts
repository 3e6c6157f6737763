/**
 * Values of a store, decoded. A newer version of the program may have written them, on another instance, with a schema
 * that this one has yet to look up.
 */
import type { Serde } from '../connectors/ports/index.ts';

/** At once, unless something is missing. */
export function decode<V>(serde: Serde<V>, bytes: Buffer): V | Promise<V> {
  const pending = serde.prepare?.(bytes);
  return pending === undefined ? serde.deserialize(bytes) : pending.then(() => serde.deserialize(bytes));
}

export async function decodeMany<V>(serde: Serde<V>, values: readonly (Buffer | undefined)[]): Promise<(V | undefined)[]> {
  if (serde.prepare !== undefined) {
    for (const bytes of values) {
      const pending = bytes === undefined ? undefined : serde.prepare(bytes);
      if (pending !== undefined) await pending;
    }
  }
  return values.map((bytes) => (bytes === undefined ? undefined : serde.deserialize(bytes)));
}
