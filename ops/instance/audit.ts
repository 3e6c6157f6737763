/** Reads media.audit from a cursor on. */
import type { LogDriver, Serde } from '../../connectors/ports/index.ts';
import type { AuditEvent } from '../../schemas/index.ts';
import { TOPICS } from '../../topology/media/index.ts';
import type { AuditCursor } from './instance.ts';

const RECORDS_PER_READ = 1000;

export async function readAudit(driver: LogDriver, serde: Serde<AuditEvent>, from: AuditCursor): Promise<{ events: AuditEvent[]; next: AuditCursor }> {
  const events: AuditEvent[] = [];
  const next: number[] = [];
  for (const [partition, offset] of from.entries()) {
    const records = await driver.read({ topic: TOPICS.audit, partition }, offset, RECORDS_PER_READ);
    for (const { value } of records) {
      if (value === null) continue;
      await serde.prepare?.(value);
      events.push(serde.deserialize(value));
    }
    next.push((records.at(-1)?.offset ?? offset - 1) + 1);
  }
  return { events, next };
}
