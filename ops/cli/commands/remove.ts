/** `millrace remove`: sends tombstones, and waits until documents, blobs and claims are gone. */
import type { Command } from 'commander';
import { realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { assetIdOf, scan } from '../../ingest/scan.ts';
import { openInstance } from '../../instance/index.ts';
import { contextOf, type CommandContext, type Register } from '../command.ts';
import { followAssets } from '../follow.ts';
import { printable } from '../terminal.ts';

interface RemoveOptions {
  readonly library: string;
}

export const register: Register = (program) => {
  program
    .command('remove')
    .description('take assets away: their documents, their blobs and what is still in flight')
    .argument('<asset...>', 'asset ids (as search --json prints them), or files and folders that were added')
    .option('--library <name>', 'library of the paths', 'default')
    .addHelpText('after', '\nExample:\n  millrace remove samples/media/photos/cat.jpg')
    .action(async (assets: string[], options: RemoveOptions, command: Command) => {
      await remove(contextOf(command), assets, options);
    });
};

async function remove(context: CommandContext, given: readonly string[], { library }: RemoveOptions): Promise<void> {
  const { terminal, paths } = context;
  const names = new Map<string, string>();
  for (const asset of given) for await (const [id, name] of assetsOf(asset, library)) names.set(id, name);
  const instance = await openInstance(paths, { notice: (line) => { terminal.note(line); } });
  try {
    const cursor = await instance.auditEnd();
    await instance.remove([...names.keys()]);
    const outcome = await followAssets(instance, context, { assetIds: [...names.keys()], cursor, label: 'removing' });
    for (const [id, name] of names) terminal.print(`${printable(name)}: ${outcome.get(id)?.event.detail ?? 'removed'}`);
  } finally {
    await instance.close();
  }
}

/** An id as it is; paths by the same rule as `add`, a file even when it is gone. */
async function* assetsOf(given: string, library: string): AsyncGenerator<[id: string, name: string]> {
  if (/^[0-9a-f]{32}$/.test(given)) {
    yield [given, given];
    return;
  }
  const absolute = path.resolve(given);
  const stats = await stat(absolute).catch(() => undefined);
  if (stats?.isDirectory() === true) {
    for await (const { assetId, fileName } of scan([absolute], { library })) yield [assetId, fileName];
  } else {
    yield [assetIdOf(library, await realpath(absolute).catch(() => absolute)), given];
  }
}
