/** UTF-8 text: the serde of every key. */
import { MillraceError, type Serde } from '../connectors/ports/index.ts';

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export const stringSerde: Serde<string> = {
  name: 'string',
  serialize: (value) => Buffer.from(value, 'utf8'),
  deserialize(bytes) {
    try {
      return decoder.decode(bytes);
    } catch (cause) {
      throw new MillraceError('MILL_DESERIALIZATION', `string: ${bytes.length} bytes are not UTF-8`, { cause });
    }
  },
};
