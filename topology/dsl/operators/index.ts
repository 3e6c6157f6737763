/** One operator a file; KStream puts types and words over them. */
export { aggregate } from './aggregate.ts';
export { deduplicate } from './deduplicate.ts';
export { enrich } from './enrich.ts';
export { filter } from './filter.ts';
export { flatMap } from './flat-map.ts';
export { flatMapValues } from './flat-map-values.ts';
export { map } from './map.ts';
export { mapValues } from './map-values.ts';
export { merge } from './merge.ts';
export { peek } from './peek.ts';
export { pipe } from './pipe.ts';
export { process } from './process.ts';
export { repartition } from './repartition.ts';
export { selectKey } from './select-key.ts';
export { source } from './source.ts';
export { split } from './split.ts';
export { to } from './to.ts';
