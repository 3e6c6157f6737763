/** Turns values into bytes and back. Implemented by `schemas/` (Avro) and `topology/dsl` (string, JSON, bytes). */
export interface Serde<T> {
  /** Named in error messages and in `describe()`. */
  readonly name: string;
  serialize(value: T): Buffer;
  /** @throws MillraceError MILL_DESERIALIZATION when the bytes are not a `T`. */
  deserialize(bytes: Buffer): T;
}
