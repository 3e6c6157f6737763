/** The backends that contract tests run on, each opened in a directory of its own and removed afterwards. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OrderedKeyValue } from '../../connectors/ports/index.ts';
import { bindingForNode, memoryKeyValue, openRocksKeyValue } from '../../state/index.ts';

export interface OpenedBackend {
  readonly backend: OrderedKeyValue;
  dispose(): Promise<void>;
}

export const temporaryDirectory = (): Promise<string> => mkdtemp(join(tmpdir(), 'millrace-test-'));

async function openRocks(): Promise<OpenedBackend> {
  const directory = await temporaryDirectory();
  const backend = await openRocksKeyValue({ directory });
  return { backend, dispose: async () => { await backend.close(); await rm(directory, { recursive: true, force: true }); } };
}

async function openMemory(): Promise<OpenedBackend> {
  const backend = memoryKeyValue();
  return { backend, dispose: () => backend.close() };
}

export const BACKENDS: readonly (readonly [name: string, open: () => Promise<OpenedBackend>])[] = [
  ['memory', openMemory],
  [bindingForNode(), openRocks],
];
