/** Who takes part, and how each is started. */
import { fileURLToPath } from 'node:url';
import type { Driver, StoreKind } from './contender.ts';
import { buildStreamsPeer } from './streams-peer.ts';

export interface Contender {
  readonly name: string;
  readonly command: readonly string[];
  /** Its own settings, beside those that all have. */
  readonly settings: Readonly<Record<string, string | number>>;
  /** Consumer group that reads the input. */
  readonly groupOf: (applicationId: string) => string;
}

export const DRIVERS: readonly Driver[] = ['kafkajs', 'platformatic'];

const node = (file: string): readonly string[] => [process.execPath, '--import', 'tsx', fileURLToPath(new URL(file, import.meta.url))];

export const millrace = (driver: Driver, store: StoreKind, name = `millrace-${driver}`): Contender =>
  ({ name, command: node('millrace.ts'), settings: { driver, store }, groupOf: (applicationId) => `${applicationId}-input` });

export const bare = (driver: Driver): Contender =>
  ({ name: `bare-${driver}`, command: node(`bare-${driver}.ts`), settings: {}, groupOf: (applicationId) => applicationId });

export async function streams(commitIntervalMs: number): Promise<Contender> {
  return { name: `kafka-streams-${commitIntervalMs}ms`, command: await buildStreamsPeer(), settings: { commitIntervalMs }, groupOf: (applicationId) => applicationId };
}
