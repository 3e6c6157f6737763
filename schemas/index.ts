/** What flows through the topics: record types generated from the .avsc files, and the serdes that read and write them. */
export type * from './types.gen.ts';
