/**
 * Changelog topics of a topology's stores, `<application.id>-<store>-changelog`, for logs that keep no state themselves.
 *
 * A store whose entries expire writes one record for all writes of a commit, under retention: any entry that still
 * lives was written within its time to live, so what retention removes has expired. Fewer records are the cheaper ones.
 * A window store is compacted and deleted; a plain one is compacted, and its changelog is a table that others can read.
 */
import type { ChangelogSpec, TopicSpec } from '../../connectors/ports/index.ts';
import type { StoreSpec } from '../../state/index.ts';

/** Kafka Streams' windowstore.changelog.additional.retention.ms: what clocks may differ by. */
const ADDITIONAL_RETENTION_MS = 24 * 60 * 60 * 1000;

export function changelogOf(applicationId: string, store: StoreSpec): ChangelogSpec {
  const expires = store.kind === 'keyValue' && store.ttlMs !== undefined;
  return { store: store.name, topic: `${applicationId}-${store.name}-changelog`, format: expires ? 'batched' : 'keyed' };
}

export function changelogTopicOf(applicationId: string, store: StoreSpec, partitions: number): TopicSpec {
  const { topic } = changelogOf(applicationId, store);
  if (store.kind === 'window') return { topic, partitions, cleanupPolicy: 'compact,delete', retentionMs: store.retentionMs + ADDITIONAL_RETENTION_MS };
  if (store.ttlMs === undefined) return { topic, partitions, cleanupPolicy: 'compact' };
  return { topic, partitions, cleanupPolicy: 'delete', retentionMs: store.ttlMs + ADDITIONAL_RETENTION_MS };
}
