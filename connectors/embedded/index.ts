/** The embedded profile: what a cluster does, small and inside the process. */
export * from './blobs/index.ts';
export * from './log/index.ts';
export * from './registry/index.ts';
export * from './search/index.ts';
