/**
 * Linters of other ecosystems, fetched once into the cache: hadolint and the schema of compose files by pip, promtool
 * from the PATH or from Debian's package. They need no installation and no service.
 *
 *   <cache>/linters/<digest>/python/     packages of lint-requirements.txt
 *                            promtool/   usr/bin/promtool of the package `prometheus`
 */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, stat } from 'node:fs/promises';
import path from 'node:path';
import { findPython, runPip } from '../../../ops/models/python.ts';
import { projectFile, resolvePaths } from '../../../ops/paths.ts';
import { acquireLock, draftOf, lastWords, runCommand, sweepDrafts, type CommandResult } from '../../../ops/system/index.ts';

const REQUIREMENTS = projectFile('test', 'ops', 'docker', 'lint-requirements.txt');
const exists = (file: string): Promise<boolean> => stat(file).then(() => true, () => false);

export async function hadolint(args: readonly string[]): Promise<CommandResult> {
  return runCommand(path.join(await pythonPackages(), 'bin', 'hadolint'), args);
}

/** The published schema of compose files, as check-jsonschema carries it. */
export async function checkComposeSchema(file: string): Promise<CommandResult> {
  const packages = await pythonPackages();
  const { command } = await findPython();
  return runCommand(command, ['-m', 'check_jsonschema', '--builtin-schema', 'vendor.compose-spec', file], { env: { ...process.env, PYTHONPATH: packages } });
}

export async function promtool(args: readonly string[], options: { readonly cwd?: string } = {}): Promise<CommandResult> {
  const onPath = await runCommand('promtool', ['--version']);
  return runCommand(onPath.exitCode === 0 ? 'promtool' : await fetched('promtool', fetchPromtool), args, options);
}

const pythonPackages = (): Promise<string> => fetched('python', async (draft) => {
  const python = await findPython();
  const result = await runPip(python, ['install', '--quiet', '--no-cache-dir', '--target', draft, '-r', REQUIREMENTS], { cwd: path.dirname(draft), temporary: path.dirname(draft) });
  if (result.exitCode !== 0) throw new Error(`pip cannot install the linters: ${lastWords(result)}`);
}, '.');

async function fetchPromtool(draft: string): Promise<void> {
  const download = (): Promise<CommandResult> => runCommand('apt-get', ['download', '-qq', 'prometheus'], { cwd: draft });
  // Without package lists there is nothing to download from; to fetch them takes root.
  if ((await download()).exitCode !== 0) await runCommand('apt-get', ['update', '-qq']);
  const result = (await readdir(draft)).length > 0 ? undefined : await download();
  const archive = (await readdir(draft)).find((name) => name.endsWith('.deb'));
  if (archive === undefined) throw new Error(`promtool is missing: install Prometheus, or run apt-get update as root. ${result === undefined ? '' : lastWords(result)}`);
  const unpacked = await runCommand('dpkg-deb', ['-x', archive, '.'], { cwd: draft });
  if (unpacked.exitCode !== 0) throw new Error(`${archive} cannot be unpacked: ${lastWords(unpacked)}`);
}

/** @returns `file` in what `fetch` made, now or by an earlier run */
async function fetched(name: string, fetch: (draft: string) => Promise<void>, file = path.join('usr', 'bin', name)): Promise<string> {
  const digest = createHash('sha256').update(await readFile(REQUIREMENTS)).digest('hex').slice(0, 8);
  const parent = path.join(resolvePaths().cache, 'linters', digest);
  const target = path.join(parent, name);
  if (await exists(target)) return path.join(target, file);
  await mkdir(parent, { recursive: true });
  const release = await acquireLock(parent);
  try {
    if (!(await exists(target))) {
      await sweepDrafts(parent);
      const draft = draftOf(target);
      await mkdir(draft);
      await fetch(draft);
      await rename(draft, target);
    }
  } finally {
    await release();
  }
  return path.join(target, file);
}
