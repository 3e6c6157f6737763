/** `millrace remove`: sends tombstones, and waits until documents, blobs and claims are gone. */
import type { Command } from 'commander';
import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { MillraceError } from '../../../connectors/ports/index.ts';
import { assetIdOf } from '../../ingest/scan.ts';
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
    .argument('<asset...>', 'asset ids (as search prints them) or the paths that were added')
    .option('--library <name>', 'library of the paths', 'default')
    .addHelpText('after', '\nExample:\n  millrace remove samples/media/photos/cat.jpg')
    .action(async (assets: string[], options: RemoveOptions, command: Command) => {
      await remove(contextOf(command), assets, options);
    });
};

async function remove(context: CommandContext, assets: readonly string[], { library }: RemoveOptions): Promise<void> {
  const ids = await Promise.all(assets.map((asset) => toAssetId(asset, library)));
  const instance = await openInstance(context.paths, { notice: (line) => { context.terminal.note(line); } });
  try {
    const cursor = await instance.auditEnd();
    await instance.remove(ids);
    const outcome = await followAssets(instance, context, { assetIds: ids, cursor, label: 'removing' });
    for (const [index, id] of ids.entries()) {
      context.terminal.print(`${printable(assets[index] ?? id)}: ${outcome.get(id)?.detail ?? 'removed'}`);
    }
  } finally {
    await instance.close();
  }
}

/** An id as it is; a path by the same rule as `add`, even when the file is gone. */
async function toAssetId(asset: string, library: string): Promise<string> {
  if (/^[0-9a-f]{32}$/.test(asset)) return asset;
  const absolute = path.resolve(asset);
  const real = await realpath(absolute).catch(() => absolute);
  if (asset === '') throw new MillraceError('MILL_CONFIG_INVALID', 'An asset is an id or a path; it cannot be empty.');
  return assetIdOf(library, real);
}
