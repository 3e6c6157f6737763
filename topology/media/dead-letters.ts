/** Which asset a dead letter is about. */
import type { Serde } from '../../connectors/ports/index.ts';
import type { ContentClaim } from '../../schemas/index.ts';
import { TOPICS } from './topics.ts';

/** Of the record that failed; `topic` is where it came from. Topics are keyed by asset, or by asset/unit; claims by content hash, and name the asset inside. */
export async function assetOfDeadLetter(topic: string, { key, value }: { readonly key: Buffer | null; readonly value: Buffer | null }, contentClaim: Serde<ContentClaim>): Promise<string | null> {
  if (topic !== TOPICS.claims) return key?.toString().split('/')[0] ?? null;
  try {
    if (value === null) return null;
    await contentClaim.prepare?.(value);
    return contentClaim.deserialize(value).assetId;
  } catch {
    // That it cannot be read may be why it lies there.
    return null;
  }
}
