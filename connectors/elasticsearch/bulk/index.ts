/** Bulk requests. */
export { BulkWriter, type BulkOutcome } from './bulk-writer.ts';
export { actionLine, base64Text, itemOf, numbersText, sourceLine, vectorTextFor, type BulkItem, type VectorText } from './items.ts';
