/** What runs an object store, and where it lies in the cache. */
import path from 'node:path';

export type S3Kind = 'seaweedfs' | 'minio';

/** SeaweedFS installs in seconds. MinIO is built, in minutes. */
export const S3_KINDS: readonly S3Kind[] = ['seaweedfs', 'minio'];

export const S3_VERSIONS: Readonly<Record<S3Kind, string>> = { seaweedfs: '4.48', minio: 'v0.0.0-20250907161309-07c3a429bfed' };

/** As people write them. */
export const S3_NAMES: Readonly<Record<S3Kind, string>> = { seaweedfs: 'SeaweedFS', minio: 'MinIO' };

const EXECUTABLES: Readonly<Record<S3Kind, string>> = { seaweedfs: 'bin/weed', minio: 'minio' };

export interface S3Program {
  readonly kind: S3Kind;
  readonly directory: string;
  readonly command: string;
}

export function s3ProgramIn(cacheDirectory: string, kind: S3Kind): S3Program {
  const directory = path.join(cacheDirectory, 'servers', kind, S3_VERSIONS[kind]);
  return { kind, directory, command: path.join(directory, EXECUTABLES[kind]) };
}
