import { expect } from 'chai';
import { openKafkaLog } from '../../../../connectors/kafka/index.ts';
import { withTemporaryFolder } from '../../../support/folders.ts';
import { withKafkaStack } from '../../../support/kafka-stack.ts';
import { positionOf } from '../../log-contract.ts';
import { CLIENTS, POLL, joinGroup, never, pollValues, record } from './support.ts';

describe('the log on Kafka, when its only broker is killed', function () {
  this.timeout(180_000);

  it('waits and goes on by itself, and closes without it', () => withKafkaStack({ reuseData: true }, (stack) => withTemporaryFolder(async (stateDirectory) => {
    const broker = stack.broker(1);
    for (const driver of CLIENTS) {
      const [input, source] = [`in-${driver}`, { topic: `in-${driver}`, partition: 0 }];
      const log = await openKafkaLog({ brokers: [...stack.brokers], driver, stateDirectory, sessionTimeoutMs: 30_000 });
      await log.ensureTopics([{ topic: input, partitions: 1 }]);
      await log.produce([record(input, 'before')]);
      const task = await (await joinGroup(log, `group-${driver}`, { sources: [input] })).openTask();
      expect(await pollValues(task, source, 0, 1)).to.deep.equal(['before']);
      const waiting = task.poll(source, 1, { ...POLL, signal: never });
      await broker.kill();
      const produced = log.produce([record(input, 'after')]);
      await broker.start();
      await produced;
      expect((await waiting).map(({ value }) => value?.toString())).to.deep.equal(['after']);
      await task.commit({ outputs: [], positions: new Map([[`${input}/0`, 2]]), state: [] });
      expect(await positionOf(log, `group-${driver}`, `${input}/0`, 2)).to.equal(2);
      await broker.kill();
      await log.close();
      await broker.start();
    }
  })));
});
