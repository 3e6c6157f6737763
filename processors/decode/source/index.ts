/** Opening, reading and identifying sources. */
export { FILE_SOURCES, fileSourcesIn, openSource, withSource } from './source.ts';
export { createSourceVerifier, hashSource } from './hash.ts';
export type { AdmittedSource, HashedSource, HashOptions, SourceVerifier } from './hash.ts';
