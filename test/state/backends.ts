/** The backends that contract tests run on, each opened in a directory of its own and removed afterwards. */
import type { OrderedKeyValue } from '../../connectors/ports/index.ts';
import { bindingForNode, memoryKeyValue, openRocksKeyValue } from '../../state/index.ts';
import { removeFolder, temporaryFolder } from '../support/folders.ts';

export interface OpenedBackend {
  readonly backend: OrderedKeyValue;
  dispose(): Promise<void>;
}

async function openRocks(): Promise<OpenedBackend> {
  const directory = await temporaryFolder();
  const backend = await openRocksKeyValue({ directory });
  return { backend, dispose: async () => { await backend.close(); await removeFolder(directory); } };
}

async function openMemory(): Promise<OpenedBackend> {
  const backend = memoryKeyValue();
  return { backend, dispose: () => backend.close() };
}

export const BACKENDS: readonly (readonly [name: string, open: () => Promise<OpenedBackend>])[] = [
  ['memory', openMemory],
  [bindingForNode(), openRocks],
];
