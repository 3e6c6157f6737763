/** Writing: operations of the search index, and events. */
export { EventWriter } from './event-writer.ts';
export { OperationWriter } from './operation-writer.ts';
