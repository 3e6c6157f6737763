/** What the registries know of Avro: whether one schema can read another, and schemas that refer to others made whole. */
export { backwardIncompatibility, parseSchema } from './compatibility.ts';
export { inlineReferences } from './references.ts';
