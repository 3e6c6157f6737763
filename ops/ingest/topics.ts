/** The topics of the media topology, for who publishes before the first worker has made them. */
import { mediaTopicSpecs } from '../../topology/media/index.ts';
import type { Config } from '../config/index.ts';
import type { Paths } from '../paths.ts';
import { openLog } from '../profile/index.ts';

/** @throws MillraceError MILL_TOPIC_MISMATCH, MILL_KAFKA_UNAVAILABLE */
export async function ensureMediaTopics(config: Config, paths: Paths): Promise<void> {
  const log = await openLog(config, paths, { owner: false });
  try {
    await log.driver.ensureTopics(mediaTopicSpecs());
  } finally {
    await log.close();
  }
}
