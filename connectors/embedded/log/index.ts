/** The embedded log. */
export { openEmbeddedLog } from './driver.ts';
export type { EmbeddedLogOptions } from './options.ts';
