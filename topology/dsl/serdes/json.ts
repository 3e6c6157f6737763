import { MillraceError } from '../../../connectors/ports/index.ts';
import type { Serde } from '../../../connectors/ports/index.ts';

/** JSON in UTF-8. `check` narrows what was parsed, and throws when it does not fit. */
export function jsonSerde<T>(check: (value: unknown) => T = (value) => value as T): Serde<T> {
  return {
    name: 'json',
    serialize: (value) => {
      const text = JSON.stringify(value) as string | undefined;
      if (text === undefined) throw new MillraceError('MILL_SERIALIZATION', `A ${typeof value} has no JSON form.`);
      return Buffer.from(text, 'utf8');
    },
    deserialize: (bytes) => {
      try {
        return check(JSON.parse(bytes.toString('utf8')));
      } catch (error) {
        throw new MillraceError('MILL_DESERIALIZATION', `The bytes are no such JSON: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
      }
    },
  };
}
