/** Serdes that need no schema. */
export { bytesSerde } from './bytes.ts';
export { jsonSerde } from './json.ts';
export { stringSerde } from './string.ts';
