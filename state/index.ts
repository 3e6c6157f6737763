/** State: the stores of a task, the layers of its epochs, and the ordered key-value maps beneath them. */
export { memoryKeyValue } from './backends/memory.ts';
export { bindingForNode } from './backends/binding.ts';
export { holdRocksBinding, openRocksKeyValue } from './backends/rocks.ts';
export type { RocksOptions } from './backends/rocks.ts';
export { ChangelogDecoder, encodeChangelog, opsByStore } from './changelog.ts';
export type { ChangelogRecord } from './changelog.ts';
export type { IterationOptions, KeyValueStore, MarkStore } from './key-value-store.ts';
export { encodeTime, prefixEnd, readTime, withPrefix, writeTime } from './keys.ts';
export type { Withdrawal } from './layered-map.ts';
export { scoped, scopeOps } from './scoped.ts';
export { keyValueStore, windowStore } from './specs.ts';
export type { KeyValueStoreOptions, KeyValueStoreSpec, StoreSpec, WindowStoreOptions, WindowStoreSpec } from './specs.ts';
export { openTaskState } from './task-state.ts';
export type { SealedEpoch, StateStore, TaskState, TaskStateOptions } from './task-state.ts';
export type { StoreObserver } from './store-observer.ts';
export type { WindowStore } from './window-store.ts';
