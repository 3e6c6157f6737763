/** The blob store on files. */
export { openFileBlobStore } from './file-blob-store.ts';
export type { BlobStoreOptions } from './file-blob-store.ts';
