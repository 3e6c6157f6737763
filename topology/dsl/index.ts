/** The DSL: builds a graph, runs nothing. */
export { keyValueStore, windowStore } from '../../state/index.ts';
export type { KeyValueStore, StoreSpec, WindowStore } from '../../state/index.ts';
export type {
  EnrichContext, EnrichOrdering, ForwardedRecord, KeyValue, Processor, ProcessorContext, ProcessorSupplier, StreamRecord, Subtopology, TopologyDescription,
} from '../graph/index.ts';
export { Topology } from '../graph/index.ts';
export { BranchedStream } from './branched-stream.ts';
export { KGroupedStream } from './kgrouped-stream.ts';
export { KStream } from './kstream.ts';
export { KTable } from './ktable.ts';
export type * from './options.ts';
export * from './serdes/index.ts';
export { StreamsBuilder } from './streams-builder.ts';
