/** The servers that an instance runs on, and what stands in for them in the data directory. */
export { openLog, type OpenedLog } from './open-log.ts';
export { openBlobs, openIndex, openSources, type OpenedIndex } from './open-stores.ts';
export { elasticsearchOf, kafkaOf, registryOf, s3Of } from './servers.ts';
