/** Real servers for tests: the shared ones of the run, or a stack of one's own. */
import { startKafkaStack, type KafkaStack, type KafkaStackOptions } from '../../ops/stack/index.ts';
import { withTemporaryFolder } from './folders.ts';
import { askFor } from './servers.ts';
import type { SharedKafka } from './shared-servers.ts';

/**
 * One broker and a registry that all test files of this run share: for tests that need names of their own for topics,
 * groups and subjects, and nothing else. Starts them when nobody did.
 */
export const sharedKafka = (): Promise<SharedKafka> => askFor('kafka');

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
