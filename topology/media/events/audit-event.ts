import type { AuditIndexEvent } from '../../../connectors/ports/index.ts';
import type { AuditEvent } from '../../../schemas/index.ts';
import { eventIdOf } from './event-id.ts';

/** A state change of an asset. */
export function auditEventOf({ assetId, revision, library, type, detail, atMs }: AuditEvent): AuditIndexEvent {
  return { type: 'audit', id: eventIdOf('audit', assetId, revision, type, detail, atMs), atMs, assetId, revision, library, event: type, detail };
}
