/**
 * The servers that all test files of a mocha run share: one of each kind. The main process of the run has them: it
 * starts each when a worker first asks for it, over a socket that the environment names, and ends them with the run.
 * When it is killed, the servers' own guards end them.
 */
import { createServer, type Server } from 'node:net';
import path from 'node:path';
import { removeFolder, temporaryFolder } from './folders.ts';
import { SERVERS_SOCKET_VARIABLE, type Answer, type SharedServer, type SharedServers } from './shared-servers.ts';

interface Started<T> {
  readonly answer: T;
  end(): Promise<void>;
}

/** The stack is loaded when it is asked for, since every worker of every run loads this file. */
const START: { readonly [S in SharedServer]: (directory: string) => Promise<Started<SharedServers[S]>> } = {
  async kafka(directory) {
    const { startKafkaStack } = await import('../../ops/stack/index.ts');
    const kafka = await startKafkaStack({ directory, registry: true });
    return { answer: { bootstrap: kafka.bootstrap, registryUrl: kafka.registryUrl ?? '' }, end: () => kafka.kill() };
  },
  async elasticsearch(directory) {
    const { startElasticsearch } = await import('../../ops/stack/index.ts');
    const server = await startElasticsearch({ directory });
    return { answer: { url: server.url }, end: () => server.close() };
  },
  async s3(directory) {
    const { startS3 } = await import('../../ops/stack/index.ts');
    const server = await startS3({ directory });
    return { answer: { endpoint: server.endpoint, accessKey: server.accessKey, secretKey: server.secretKey }, end: () => server.close() };
  },
};

let folder: string | undefined;
let server: Server | undefined;
const starting = new Map<SharedServer, Promise<Started<unknown>>>();

async function answerTo(name: SharedServer, directory: string): Promise<Answer<SharedServer>> {
  try {
    const started = starting.get(name) ?? START[name](directory);
    starting.set(name, started);
    return (await started).answer as SharedServers[SharedServer];
  } catch (error) {
    return { failure: error instanceof Error ? error.message : String(error) };
  }
}

export async function mochaGlobalSetup(): Promise<void> {
  const directory = await temporaryFolder();
  const socketFile = path.join(directory, 'servers.sock');
  const listening = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', (name) => void answerTo(name.toString() as SharedServer, directory).then((found) => socket.end(JSON.stringify(found))));
  });
  await new Promise<void>((resolve) => { listening.listen(socketFile, resolve); });
  folder = directory;
  server = listening;
  process.env[SERVERS_SOCKET_VARIABLE] = socketFile;
}

export async function mochaGlobalTeardown(): Promise<void> {
  server?.close();
  await Promise.all([...starting.values()].map(async (started) => (await started.catch(() => undefined))?.end()));
  if (folder !== undefined) await removeFolder(folder);
}
