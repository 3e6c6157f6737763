import type { Serde } from '../../../connectors/ports/index.ts';

/** Bytes as they are. */
export const bytesSerde: Serde<Buffer> = {
  name: 'bytes',
  serialize: (value) => value,
  deserialize: (bytes) => bytes,
};
