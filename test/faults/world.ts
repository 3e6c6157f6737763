/** What all scenarios of one run share: three brokers, and clients of the harness that are not Millrace's. */
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Kafka, logLevel } from 'kafkajs';
import type { Admin, Producer } from 'kafkajs';
import { startKafkaStack } from '../../ops/stack/index.ts';
import type { KafkaStack } from '../../ops/stack/index.ts';
import { removeFolder, temporaryFolder } from '../support/folders.ts';

export interface World {
  readonly stack: KafkaStack;
  readonly kafka: Kafka;
  readonly producer: Producer;
  readonly admin: Admin;
  /** For state directories. */
  readonly folder: string;
  /** How often a scenario that repeats its fault does so. */
  readonly rounds: number;
}

export const BROKERS = [1, 2, 3] as const;

const PATIENCE_MS = 60_000;
const AGAIN_MS = 200;

/** Asks until there is an answer: brokers go and come. */
export async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  const deadlineMs = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (performance.now() > deadlineMs) throw error;
      await sleep(AGAIN_MS);
    }
  }
}

/** Waits until this holds. @throws Error with `what` when the time is over, and what there is to tell then */
export async function eventually(what: string, condition: () => boolean | Promise<boolean>, timeoutMs = PATIENCE_MS, tell: () => string = () => ''): Promise<void> {
  const deadlineMs = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > deadlineMs) throw new Error(`After ${timeoutMs / 1000} s it does not hold: ${what}\n${tell()}`);
    await sleep(AGAIN_MS / 4);
  }
}

export interface OpenWorld extends World {
  close(): Promise<void>;
}

/** @param rounds how often a scenario that repeats its fault does so */
export async function openWorld(rounds: number): Promise<OpenWorld> {
  const folder = await temporaryFolder();
  const stack = await startKafkaStack({ directory: path.join(folder, 'kafka'), brokers: 3 });
  const kafka = new Kafka({
    brokers: [...stack.brokers], clientId: 'fault-suite', logLevel: logLevel.NOTHING,
    connectionTimeout: 3000, requestTimeout: 10_000, retry: { initialRetryTime: 50, maxRetryTime: 500, retries: 20 },
  });
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  const admin = kafka.admin();
  await Promise.all([producer.connect(), admin.connect()]);
  return {
    stack, kafka, producer, admin, rounds, folder,
    async close() {
      await Promise.allSettled([producer.disconnect(), admin.disconnect()]);
      await stack.kill();
      await removeFolder(folder);
    },
  };
}

/** Until every partition of every topic has all its replicas in step. */
export const inSync = (world: World): Promise<void> => eventually('all replicas are in step', async () => {
  const metadata = await patiently(() => world.admin.fetchTopicMetadata());
  return metadata.topics.every(({ partitions }) => partitions.every(({ isr, replicas }) => isr.length === replicas.length));
}, 120_000);
