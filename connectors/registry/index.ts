/** A Confluent-compatible schema registry. */
export { openConfluentRegistry } from './confluent-registry.ts';
export type { ConfluentRegistryOptions } from './options.ts';
