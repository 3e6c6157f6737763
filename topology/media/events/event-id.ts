import { createHash } from 'node:crypto';

/** The same event has the same id, however often its record is read. */
export const eventIdOf = (...parts: readonly (string | number)[]): string => createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 40);
