/** Events for dashboards. Each has one document, whose id is its own: writing it again replaces it by itself. */
import { MillraceError } from '../../ports/index.ts';
import type { EventIndex, IndexEvent } from '../../ports/index.ts';
import { actionLine, itemOf, sourceLine } from '../bulk/index.ts';
import type { BulkWriter } from '../bulk/index.ts';
import type { IndexCatalog } from '../catalog.ts';
import { storedEventOf } from '../documents.ts';
import { PLAIN_OF_EVENT } from '../names.ts';
import { reasonToRejectEvent } from './check-operation.ts';

type RejectedEvent = Awaited<ReturnType<EventIndex['writeEvents']>>[number];

/** Of one write, for indexes that are deleted under it. */
const MAX_PLACEMENTS = 3;

export class EventWriter implements EventIndex {
  readonly #catalog: IndexCatalog;
  readonly #bulk: BulkWriter;

  constructor(catalog: IndexCatalog, bulk: BulkWriter) {
    this.#catalog = catalog;
    this.#bulk = bulk;
  }

  async writeEvents(events: readonly IndexEvent[]): Promise<readonly RejectedEvent[]> {
    const rejected: RejectedEvent[] = [];
    let left = events.filter((event) => {
      const reason = reasonToRejectEvent(event);
      if (reason !== undefined) rejected.push({ event, reason });
      return reason === undefined;
    });
    for (let placement = 1; left.length > 0; placement += 1) {
      const written = left;
      const indexes: string[] = [];
      for (const event of written) indexes.push(await this.#catalog.placePlain(PLAIN_OF_EVENT[event.type]));
      const outcomes = await this.#bulk.write(written.map((event, at) => itemOf(actionLine('index', indexes[at] ?? '', event.id) + sourceLine(storedEventOf(event)))));
      left = written.filter((event, at) => {
        const outcome = outcomes[at];
        if (outcome?.type === 'rejected') rejected.push({ event, reason: outcome.reason });
        if (outcome?.type === 'missing') this.#catalog.forget(indexes[at] ?? '');
        return outcome?.type === 'missing';
      });
      if (left.length > 0 && placement === MAX_PLACEMENTS) throw new MillraceError('MILL_INDEX_UNAVAILABLE', 'an index of events is deleted as often as it is made');
    }
    return rejected;
  }
}
