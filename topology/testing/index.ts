/** Runs a topology with no broker. */
export { ManualClock } from './manual-clock.ts';
export { MemoryLogDriver } from './memory-log-driver.ts';
export { TopologyTestDriver } from './topology-test-driver.ts';
export type { TestDeadLetter, TestRecord, TopologyTestDriverOptions } from './topology-test-driver.ts';
