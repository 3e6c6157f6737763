/** What flows through the topics: record types generated from the .avsc files, and the serdes that read and write them. */
export type * from './types.gen.ts';
export { currentSchema, type SchemaName } from './catalog.ts';
export { avroSerde, openAvroSerde, openSerdes, serdes, type AvroSerdeOptions, type OpenSerdesOptions, type Serdes } from './serdes.ts';
export { stringSerde } from './string-serde.ts';
export { validateSubmission } from './validate-submission.ts';
