import { setTimeout } from 'node:timers/promises';
import { expect } from 'chai';
import { TopicWatch } from '../../../../connectors/kafka/log/topic-watch.ts';
import type { KafkaClient } from '../../../../connectors/kafka/client/index.ts';
import type { MillraceError } from '../../../../connectors/ports/index.ts';

/** What the cluster has at each look; the last of them from then on. */
async function watching(...looks: (Readonly<Record<string, number>> | Error)[]): Promise<readonly MillraceError[]> {
  const errors: MillraceError[] = [];
  let asked = 0;
  const describeTopics = async (): Promise<{ topic: string; leaders: number[] }[]> => {
    const found = looks[Math.min(asked++, looks.length - 1)] ?? {};
    if (found instanceof Error) throw found;
    return Object.entries(found).map(([topic, partitions]) => ({ topic, leaders: new Array<number>(partitions).fill(1) }));
  };
  const client: Pick<KafkaClient, 'describeTopics'> = { describeTopics };
  const watch = new TopicWatch(client as KafkaClient, { counts: new Map([['a', 2], ['b', 2]]), everyMs: 1, onChanged: (error) => errors.push(error) });
  while (asked < looks.length + 3 && errors.length === 0) await setTimeout(1);
  await setTimeout(5);
  watch.close();
  return errors;
}

describe('the topics of a group', () => {
  const right = { a: 2, b: 2 };

  it('may stay as they are, and be out of reach', async () => {
    expect(await watching(right, new Error('nobody answers'), right)).to.deep.equal([]);
  });

  it('are only said to have changed when it is seen twice', async () => {
    expect(await watching({ b: 2 }, right, { b: 2 }, right)).to.deep.equal([]);
  });

  for (const [what, found, named] of [
    ['are given partitions', { a: 3, b: 2 }, 'a has 3 partitions now, and had 2'],
    ['are deleted', { a: 2 }, 'b was deleted'],
  ] as const) {
    it(`are named once when they ${what}`, async () => {
      const errors = await watching(right, found);
      expect(errors.map(({ code }) => code)).to.deep.equal(['MILL_TOPIC_MISMATCH']);
      expect(errors[0]?.message).to.include(named);
    });
  }
});
