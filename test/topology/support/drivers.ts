/** Every log that the engine must behave the same on. */
import { openEmbeddedLog } from '../../../connectors/embedded/index.ts';
import type { LogDriver } from '../../../connectors/ports/index.ts';
import { MemoryLogDriver } from '../../../topology/index.ts';

export const drivers: readonly { readonly name: string; readonly open: () => Promise<LogDriver> }[] = [
  { name: 'in-memory', open: async () => new MemoryLogDriver() },
  { name: 'embedded', open: () => openEmbeddedLog({}) },
];
