/** Assembly of an asset's document from its insights. */
export { Assembler } from './assembler.ts';
export type { AssemblyStores, AssetEntry, RevisionEntry, UnitEntry } from './assembly-state.ts';
export type { AssemblyEffect } from './effects.ts';
export type { Entries } from './entries.ts';
