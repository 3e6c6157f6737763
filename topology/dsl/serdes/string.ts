import { MillraceError } from '../../../connectors/ports/index.ts';
import type { Serde } from '../../../connectors/ports/index.ts';

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** UTF-8 text; bytes that are no UTF-8 are refused, since decoding them would change them. */
export const stringSerde: Serde<string> = {
  name: 'string',
  serialize: (value) => Buffer.from(value, 'utf8'),
  deserialize: (bytes) => {
    try {
      return decoder.decode(bytes);
    } catch (error) {
      throw new MillraceError('MILL_DESERIALIZATION', 'The bytes are no UTF-8 text.', { cause: error });
    }
  },
};
