/** The blob store on S3. */
export { openMinioBlobStore } from './s3-blob-store.ts';
export type { MinioBlobStoreOptions } from './s3-blob-store.ts';
