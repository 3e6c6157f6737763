/** Real servers for tests: the shared ones of the run, or a stack of one's own. */
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { startKafkaStack, type KafkaStack, type KafkaStackOptions } from '../../ops/stack/index.ts';
import { withTemporaryFolder } from './folders.ts';
import { KAFKA_SOCKET_VARIABLE, type KafkaAnswer, type SharedKafka } from './shared-kafka.ts';

/**
 * One broker and a registry that all test files of this run share: for tests that need names of their own for topics,
 * groups and subjects, and nothing else. Starts them when nobody did.
 */
export async function sharedKafka(): Promise<SharedKafka> {
  const file = process.env[KAFKA_SOCKET_VARIABLE];
  if (file === undefined) throw new Error('test/support/kafka-fixture.ts is not loaded: run mocha with a configuration of this project');
  const answer = JSON.parse(await text(connect(file))) as KafkaAnswer;
  if ('failure' in answer) throw new Error(answer.failure);
  return answer;
}

/** A stack that only this test uses: to kill its brokers, or for more than one of them. Its data goes with it. */
export const withKafkaStack = <T>(options: Omit<KafkaStackOptions, 'directory'>, use: (stack: KafkaStack) => Promise<T>): Promise<T> =>
  withTemporaryFolder(async (directory) => {
    const stack = await startKafkaStack({ ...options, directory });
    try {
      return await use(stack);
    } finally {
      await stack.kill();
    }
  });
