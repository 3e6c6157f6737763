/** The dead letters of media.dlq, with the asset that each is about. */
import type { LogDriver } from '../../connectors/ports/index.ts';
import type { DeadLetter, Serdes } from '../../schemas/index.ts';
import { assetOfDeadLetter, TOPICS } from '../../topology/media/index.ts';
import { DeadLetterQueue } from '../dlq/index.ts';
import type { DeadLetterFilter, DeadLetterRecord } from '../dlq/index.ts';
import type { DeadLetterDetail } from './instance.ts';

export interface MediaDeadLetters {
  count(): Promise<number>;
  newest(limit: number, filter?: DeadLetterFilter): Promise<readonly DeadLetter[]>;
  get(id: string): Promise<DeadLetterDetail>;
  retry(filter: DeadLetterFilter): Promise<number>;
  purge(filter: DeadLetterFilter): Promise<number>;
}

/** @param readers groups that read the topic: what they have not read is kept */
export function deadLetters(driver: LogDriver, serdes: () => Promise<Pick<Serdes, 'contentClaim'>>, readers: readonly string[]): MediaDeadLetters {
  const queue = new DeadLetterQueue({ driver, topic: TOPICS.deadLetters, readers });
  /** The topics are there with the serdes. */
  const ready = async <T>(ask: (known: Pick<Serdes, 'contentClaim'>) => Promise<T>): Promise<T> => ask(await serdes());
  return {
    count: () => ready(() => queue.count()),
    newest: (limit, filter) => ready(async (known) => Promise.all((await queue.newest(limit, filter)).map((letter) => summaryOf(letter, known)))),
    get: (id) => ready(async (known) => detailOf(await queue.get(id), known)),
    retry: (filter) => ready(() => queue.retry(filter)),
    purge: (filter) => ready(() => queue.purge(filter)),
  };
}

async function summaryOf({ id, topic, partition, offset, node, code, message, stacktrace, atMs, record }: DeadLetterRecord, serdes: Pick<Serdes, 'contentClaim'>): Promise<DeadLetter> {
  return { id, assetId: await assetOfDeadLetter(topic, record, serdes.contentClaim), topic, partition, offset, node, code, message, stacktrace, atMs };
}

async function detailOf(letter: DeadLetterRecord, serdes: Pick<Serdes, 'contentClaim'>): Promise<DeadLetterDetail> {
  const { key, value, headers, timestampMs } = letter.record;
  const encoded = Object.entries(headers).map(([name, bytes]): [string, string] => [name, bytes.toString('base64')]);
  return {
    ...(await summaryOf(letter, serdes)),
    exception: letter.exception,
    timestampMs,
    key: key?.toString('base64') ?? null,
    value: value?.toString('base64') ?? null,
    headers: Object.fromEntries(encoded),
  };
}
