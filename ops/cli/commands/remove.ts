/** `millrace remove`: sends tombstones, and waits until documents, blobs and claims are gone. */
import type { Command } from 'commander';
import { realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { assetIdOf, scan } from '../../ingest/index.ts';
import { openInstance, type Instance } from '../../instance/index.ts';
import { stoppableContextOf, type CommandContext, type Register } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
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
    .addHelpText('after', '\nExit code 4 when one of them is not known.\n\nExamples:\n  millrace remove samples/media/photos/cat.jpg\n  millrace remove ~/Videos             also what is gone from the disk')
    .action(async (assets: string[], options: RemoveOptions, command: Command) => {
      process.exitCode = await remove(stoppableContextOf(command), assets, options);
    });
};

/** @returns the exit code */
async function remove(context: CommandContext, given: readonly string[], { library }: RemoveOptions): Promise<number> {
  const { terminal, paths } = context;
  const instance = await openInstance(await context.config(), paths, context);
  try {
    const names = new Map<string, string>();
    for (const asset of given) for await (const [id, name] of assetsOf(instance, asset, library)) names.set(id, name);
    if (names.size === 0) terminal.print('There are no assets under these paths.');
    const cursor = await instance.auditEnd();
    await instance.remove([...names.keys()]);
    const outcome = await followAssets(instance, context, { assetIds: [...names.keys()], cursor, label: 'removing' });
    for (const [id, name] of names) terminal.print(`${printable(name)}: ${outcome.get(id)?.event.detail ?? 'removed'}`);
    // Revision 0: there was no such asset.
    return names.size > 0 && [...outcome.values()].every(({ event }) => event.revision > 0) ? EXIT.ok : EXIT.incomplete;
  } finally {
    await instance.close();
  }
}

/**
 * An id as it is; paths by the same rule as `add`. What was added and is gone from the disk is found by its path: a file
 * by its id, the files of a folder by their documents.
 */
async function* assetsOf(instance: Instance, given: string, library: string): AsyncGenerator<[id: string, name: string]> {
  if (/^[0-9a-f]{32}$/.test(given)) {
    yield [given, given];
    return;
  }
  const place = await realPlace(path.resolve(given));
  const known = await instance.assetsUnder(library, pathToFileURL(place).href);
  for (const { assetId, fileName } of known) yield [assetId, fileName];
  const isFolder = (await stat(place).catch(() => undefined))?.isDirectory() ?? false;
  // What is under way has no document yet.
  if (isFolder) for await (const { assetId, fileName } of scan([place], { library })) yield [assetId, fileName];
  else if (known.length === 0) yield [assetIdOf(library, place), given];
}

/** The real path, of which the last parts may be gone. */
async function realPlace(absolute: string): Promise<string> {
  const parent = path.dirname(absolute);
  return realpath(absolute).catch(async () => (parent === absolute ? absolute : path.join(await realPlace(parent), path.basename(absolute))));
}
