/** The client of the driver that `kafka.driver` names. */
export type {
  Assign, FetchOptions, FetchPosition, FetchedPartition, GroupMemberDescription, GroupMemberInfo, GroupOffsets, IsolationLevel, KafkaClient, KafkaProducer,
  Membership, MembershipOptions, NewTopic, PartitionBatch, PartitionsByTopic, StoredBatch, TopicDescription, TransactionalProducer,
} from './client.ts';
export { openKafkaClient } from './open.ts';
