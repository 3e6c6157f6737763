/** Membership of a consumer group: which tasks are this instance's, which are whose, and which it shadows. */
export type { GroupDeps, KafkaGroup, StandbyHandle, WarmTask } from './types.ts';
export { joinKafkaGroup } from './member.ts';
