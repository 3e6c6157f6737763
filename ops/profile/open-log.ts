/** Opens the log and the schema registry: embedded ones in the data directory, or Kafka and a Confluent-compatible registry. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { openEmbeddedLog, openEmbeddedRegistry } from '../../connectors/embedded/index.ts';
import { openKafkaLog } from '../../connectors/kafka/index.ts';
import { MillraceError } from '../../connectors/ports/index.ts';
import type { LogDriver, SchemaRegistry } from '../../connectors/ports/index.ts';
import { openConfluentRegistry } from '../../connectors/registry/index.ts';
import type { Config } from '../config/index.ts';
import type { Paths } from '../paths.ts';
import { tryLock } from '../system/index.ts';
import { kafkaOf, registryOf } from './servers.ts';

export interface OpenedLog {
  readonly driver: LogDriver;
  readonly registry: SchemaRegistry;
  close(): Promise<void>;
}

/** @throws MillraceError MILL_STATE_LOCKED when another process owns the data directory, or uses its log */
export async function openLog(config: Config, paths: Paths, { owner }: { readonly owner: boolean }): Promise<OpenedLog> {
  const kafka = kafkaOf(config);
  const registryOptions = registryOf(config);
  if (kafka === null || registryOptions === null) {
    const driver = await openEmbeddedLog({ directory: paths.log });
    return { driver, registry: await openEmbeddedRegistry({ file: path.join(paths.data, 'schemas.json') }), close: () => driver.close() };
  }
  const release = owner ? await lockData(paths) : async () => undefined;
  try {
    const registry = openConfluentRegistry(registryOptions);
    const driver = await openKafkaLog({ ...kafka, stateDirectory: path.join(paths.data, 'state') });
    return {
      driver,
      registry,
      async close() {
        await driver.close();
        await release();
      },
    };
  } catch (error) {
    await release();
    throw error;
  }
}

/** The embedded log has a lock of its own; on Kafka this one keeps two owners from one index. */
async function lockData(paths: Paths): Promise<() => Promise<void>> {
  await mkdir(paths.data, { recursive: true });
  const held = await tryLock(path.join(paths.data, 'instance.lock'));
  if (typeof held === 'string') throw new MillraceError('MILL_STATE_LOCKED', `${paths.data} is in use by process ${held}.`);
  return held;
}
