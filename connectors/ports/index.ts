/** Ports: what the engine, state and the processors need of the outside world. Vendors implement them. */
export * from './blob-key.ts';
export * from './blob-store.ts';
export * from './errors.ts';
export * from './event-index.ts';
export * from './key-value.ts';
export * from './log.ts';
export * from './media-source.ts';
export * from './partitioner.ts';
export * from './query-words.ts';
export * from './schema-registry.ts';
export * from './search-index.ts';
export * from './serde.ts';
