/**
 * The Python that converts models: any from 3.9 on that has pip. Nothing is installed into it: the converters' numpy
 * goes to a folder of the cache (`pip install --target`, which externally managed systems allow) and is found by
 * PYTHONPATH.
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { MillraceError } from '../../connectors/ports/index.ts';
import { draftOf, lastWords, runCommand, type CommandResult } from '../system/index.ts';

const OLDEST = [3, 9] as const;
const REQUIREMENTS = new URL('convert/requirements.txt', import.meta.url);
const INSTALL_HINT = 'On Debian and Ubuntu: apt-get install python3 python3-pip';

export interface Python {
  readonly command: string;
  /** As '3.11'. */
  readonly version: string;
}

/** @throws MillraceError MILL_PYTHON_MISSING that says what lacks */
export async function findPython(wanted?: string): Promise<Python> {
  const candidates = wanted === undefined ? ['python3', 'python'] : [wanted];
  let found = `no ${candidates.join(' or ')} on the PATH`;
  for (const command of candidates) {
    const answer = await runCommand(command, ['-c', 'import sys; print(*sys.version_info[:2])']);
    if (answer.exitCode !== 0) continue;
    const [major = 0, minor = 0] = answer.stdout.trim().split(' ').map(Number);
    if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
      found = `${command} is ${major}.${minor}`;
      continue;
    }
    const pip = await runCommand(command, ['-m', 'pip', '--version']);
    if (pip.exitCode === 0) return { command, version: `${major}.${minor}` };
    found = `${command} ${major}.${minor} has no pip`;
  }
  throw new MillraceError('MILL_PYTHON_MISSING', `Models need Python ${OLDEST.join('.')} or newer with pip once, to be built: ${found}. ${INSTALL_HINT}`);
}

const PIP_ENV = { PIP_DISABLE_PIP_VERSION_CHECK: '1', PIP_ROOT_USER_ACTION: 'ignore' };

export const runPip = (python: Python, args: readonly string[], options: { cwd: string; temporary: string; signal?: AbortSignal | undefined }): Promise<CommandResult> =>
  runCommand(python.command, ['-m', 'pip', ...args], { cwd: options.cwd, env: { ...process.env, ...PIP_ENV, TMPDIR: options.temporary }, signal: options.signal });

export interface Converters {
  /** Runs `convert/<recipe>.py`. @throws MillraceError MILL_MODEL_BUILD */
  run(recipe: string, outDirectory: string, packages: readonly string[], input: string): Promise<void>;
}

/** Converters for recipe `extract`, which needs no packages, or for all. @throws MillraceError MILL_MODEL_BUILD */
export async function prepareConverters(python: Python, buildDirectory: string, needsNumpy: boolean, signal?: AbortSignal): Promise<Converters> {
  const packages = needsNumpy ? await installNumpy(python, buildDirectory, signal) : undefined;
  return {
    async run(recipe, outDirectory, archives, input) {
      const script = fileURLToPath(new URL(`convert/${recipe}.py`, import.meta.url));
      // It sees the converters' packages, and nothing of the user's own.
      const env = { ...process.env, PYTHONPATH: packages, PYTHONNOUSERSITE: '1', PYTHONDONTWRITEBYTECODE: '1' };
      const result = await runCommand(python.command, [script, outDirectory, ...archives], { env, input, signal });
      if (result.exitCode !== 0) throw new MillraceError('MILL_MODEL_BUILD', `Converter ${recipe} failed: ${lastWords(result)}`);
    },
  };
}

/** Once a build directory. @returns the folder for PYTHONPATH */
async function installNumpy(python: Python, buildDirectory: string, signal?: AbortSignal): Promise<string> {
  const wanted = createHash('sha256').update(await readFile(REQUIREMENTS)).digest('hex').slice(0, 8);
  const packages = path.join(buildDirectory, `python-${python.version}-${wanted}`);
  if ((await stat(packages).catch(() => undefined)) !== undefined) return packages;
  const draft = draftOf(packages);
  const temporary = draftOf(`${packages}.tmp`);
  await mkdir(temporary, { recursive: true });
  const args = ['install', '--quiet', '--no-cache-dir', '--only-binary=:all:', '--target', draft, '-r', fileURLToPath(REQUIREMENTS)];
  const result = await runPip(python, args, { cwd: buildDirectory, temporary, signal });
  await rm(temporary, { recursive: true, force: true });
  if (result.exitCode !== 0) throw new MillraceError('MILL_MODEL_BUILD', `pip cannot install numpy for the converters: ${lastWords(result)}`);
  await rename(draft, packages);
  return packages;
}
