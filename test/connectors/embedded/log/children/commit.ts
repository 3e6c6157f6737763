/**
 * Commits without end through the log in argv[2]: each of three tasks writes its next numbers to one shared partition,
 * moves its position and counts in its state. After a commit it prints `<partition> <count>`.
 */
import { openEmbeddedLog } from '../../../../../connectors/embedded/index.ts';
import type { GroupMember } from '../../../../../connectors/ports/index.ts';

const COUNT = Buffer.from('count');

async function work(member: GroupMember, partition: number): Promise<never> {
  const task = await member.openTask({ subtopology: 'work', partition });
  const [stored] = await task.state.getMany([COUNT]);
  let count = Number(stored?.toString() ?? 0);
  for (let epoch = 0; ; epoch++) {
    const numbers = Array.from({ length: 1 + (epoch % 40) }, (_, index) => count + index);
    count += numbers.length;
    await task.commit({
      outputs: numbers.map((number) => ({ topic: 'out', partition: 0, timestampMs: number, key: Buffer.from(String(partition)), value: Buffer.from(String(number).padEnd(200)), headers: {} })),
      positions: new Map([[`in/${partition}`, count]]),
      state: [{ type: 'put', key: COUNT, value: Buffer.from(String(count)) }],
    });
    process.stdout.write(`${partition} ${count}\n`);
  }
}

const log = await openEmbeddedLog({ directory: process.argv[2] as string });
await log.ensureTopics([{ topic: 'in', partitions: 3 }, { topic: 'out', partitions: 1 }]);
const member = await log.join({ groupId: 'g', subtopologies: [{ name: 'work', sources: ['in'] }], onAssignment: async () => undefined });
await Promise.all([0, 1, 2].map((partition) => work(member, partition)));
