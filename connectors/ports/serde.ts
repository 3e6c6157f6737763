/** Turns values into bytes and back. Implemented by `schemas/` (Avro) and `topology/dsl` (string, JSON, bytes). */
export interface Serde<T> {
  /** Named in error messages and in `describe()`. */
  readonly name: string;
  serialize(value: T): Buffer;
  /** @throws MillraceError MILL_DESERIALIZATION when the bytes are not a `T`. */
  deserialize(bytes: Buffer): T;
  /**
   * For a serde that must look something up before it can read these bytes, such as a schema: called, and awaited, for
   * every record that was fetched, before any of them is deserialised. `undefined`, at once, when nothing is missing.
   * Bytes that no look-up makes readable are left to `deserialize`, which refuses them; the promise rejects only when
   * the look-up itself failed, and then the whole task waits and tries again.
   */
  prepare?(bytes: Buffer): Promise<void> | undefined;
}
