/** Keys and values of stores as JSON: bytes are base64, maps are objects, sets are arrays. */
import type { Serde } from '../../connectors/ports/index.ts';
import { MillraceError } from '../../connectors/ports/index.ts';

/** Before `toJSON` of a Buffer has its say, which is why it looks into the holder. */
function plain(this: unknown, name: string, value: unknown): unknown {
  const own: unknown = typeof this === 'object' && this !== null ? (this as Record<string, unknown>)[name] : value;
  if (ArrayBuffer.isView(own)) return Buffer.from(own.buffer, own.byteOffset, own.byteLength).toString('base64');
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Map) return Object.fromEntries(value);
  return value instanceof Set ? [...value] : value;
}

export const toJson = (value: unknown): string => JSON.stringify(value, plain);

function* readings(text: string): Iterable<unknown> {
  try {
    yield JSON.parse(text);
  } catch {
    // No JSON: plain text.
  }
  yield text;
  yield Buffer.from(text, 'base64');
}

/**
 * A key as it stands in a request: JSON, plain text, or bytes in base64; the first of these that the serde keeps as it is.
 * @throws MillraceError MILL_CONFIG_INVALID
 */
export function keyFrom(text: string, serde: Serde<unknown>): unknown {
  for (const key of readings(text)) {
    try {
      const bytes: unknown = serde.serialize(key);
      if (Buffer.isBuffer(bytes) && toJson(serde.deserialize(bytes)) === toJson(key)) return key;
    } catch {
      // Not what this serde takes.
    }
  }
  throw new MillraceError('MILL_CONFIG_INVALID', `${JSON.stringify(text)} is no key for ${serde.name}.`, { hint: 'Give the key as JSON, as plain text, or as bytes in base64.' });
}
