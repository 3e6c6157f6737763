/** The immutable topology and what its nodes are made of. */
export type { NodeDescription, SubtopologyDescription, TopologyDescription } from './describe.ts';
export { GraphBuilder } from './graph-builder.ts';
export type * from './nodes.ts';
export type { EnrichContext, Processor, ProcessorContext, ProcessorSupplier } from './processor.ts';
export type { ForwardedRecord, KeyValue, StreamRecord } from './records.ts';
export type { Subtopology } from './subtopologies.ts';
export { Topology } from './topology.ts';
