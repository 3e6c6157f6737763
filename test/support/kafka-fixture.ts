/**
 * One broker and one schema registry for all test files of a mocha run. The main process of the run has them: it starts
 * them when a worker first asks, over a socket that the environment names, and ends them with the run. When it is
 * killed, the stack's own guard ends them.
 */
import { createServer, type Server } from 'node:net';
import path from 'node:path';
import type { KafkaStack } from '../../ops/stack/index.ts';
import { removeFolder, temporaryFolder } from './folders.ts';
import { KAFKA_SOCKET_VARIABLE, type KafkaAnswer } from './shared-kafka.ts';

let folder: string | undefined;
let server: Server | undefined;
let starting: Promise<KafkaStack> | undefined;

async function answer(directory: string): Promise<KafkaAnswer> {
  try {
    // Loaded here, since every worker of every run loads this file.
    starting ??= import('../../ops/stack/index.ts').then(({ startKafkaStack }) => startKafkaStack({ directory, registry: true }));
    const { bootstrap, registryUrl } = await starting;
    return { bootstrap, registryUrl: registryUrl ?? '' };
  } catch (error) {
    return { failure: error instanceof Error ? error.message : String(error) };
  }
}

export async function mochaGlobalSetup(): Promise<void> {
  const directory = await temporaryFolder();
  const socketFile = path.join(directory, 'kafka.sock');
  const listening = createServer((socket) => {
    socket.on('error', () => undefined);
    void answer(directory).then((found) => socket.end(JSON.stringify(found)));
  });
  await new Promise<void>((resolve) => { listening.listen(socketFile, resolve); });
  folder = directory;
  server = listening;
  process.env[KAFKA_SOCKET_VARIABLE] = socketFile;
}

export async function mochaGlobalTeardown(): Promise<void> {
  server?.close();
  await (await starting?.catch(() => undefined))?.kill();
  if (folder !== undefined) await removeFolder(folder);
}
