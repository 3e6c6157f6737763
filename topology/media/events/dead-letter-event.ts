import type { DeadLetterIndexEvent, RecordHeaders, Serde } from '../../../connectors/ports/index.ts';
import type { ContentClaim } from '../../../schemas/index.ts';
import { readErrorHeaders } from '../../runtime/index.ts';
import { assetOfDeadLetter } from '../dead-letters.ts';
import { stageOfNode } from '../subtopologies.ts';
import { eventIdOf } from './event-id.ts';

export interface RawDeadLetter {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: RecordHeaders;
}

/** What could not be processed, as the headers of KIP-1034 say. A record that fails again is another event. */
export async function deadLetterEventOf(letter: RawDeadLetter, contentClaim: Serde<ContentClaim>): Promise<DeadLetterIndexEvent> {
  const { topic, partition, offset, node, code, message, atMs } = readErrorHeaders(letter.headers);
  return {
    type: 'dead-letter', id: eventIdOf('dead-letter', topic, partition, offset, node, atMs), atMs, assetId: await assetOfDeadLetter(topic, letter, contentClaim),
    topic, partition, offset, node, stage: stageOfNode(node) ?? '', code, message,
  };
}
