/** The embedded log. */
export { openEmbeddedLog } from './driver.ts';
export type { EmbeddedLogOptions } from './options.ts';
export { murmur2, partitionForKey } from './partitioner.ts';
