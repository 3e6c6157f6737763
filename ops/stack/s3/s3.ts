/**
 * The object store of a stack.
 *
 *   <directory>/s3/    data/, server.log, and s3.json: who may do what
 */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { HOST, s3Ports } from '../ports.ts';
import { statusOf, type StackServer } from '../server.ts';
import { ServerProcess, type ServerDefinition } from '../server-process.ts';
import type { S3Kind, S3Program } from './program.ts';

const NAME = 's3';

/** It listens on 127.0.0.1 only, and its address is printed with them. */
export const S3_CREDENTIALS = { accessKey: 'millrace', secretKey: 'millrace-secret' } as const;
export const S3_REGION = 'us-east-1';

export interface S3Layout {
  /** Of the stack. */
  readonly directory: string;
  readonly basePort: number;
  readonly readyTimeoutMs: number;
  /** Variables for the server. */
  readonly env: Readonly<Record<string, string>>;
}

export class S3 implements StackServer {
  readonly process: ServerProcess;
  readonly address: string;
  readonly stopWithinMs: number;
  readonly #layout: S3Layout;
  readonly #kind: Kind;
  readonly #folder: string;

  constructor({ kind, command }: S3Program, layout: S3Layout, onChange: () => void) {
    this.#layout = layout;
    this.#kind = KINDS[kind];
    this.#folder = path.join(layout.directory, NAME);
    this.address = `http://${HOST}:${s3Ports(layout.basePort).s3}`;
    this.stopWithinMs = this.#kind.stopWithinMs;
    const { args, env, leaves } = this.#kind.commandLine(this.#folder, layout.basePort);
    this.process = new ServerProcess({ name: NAME, command, args, env: { ...process.env, ...env, ...layout.env }, leaves, logFile: path.join(this.#folder, 'server.log') }, onChange);
  }

  async prepare(): Promise<void> {
    await mkdir(dataIn(this.#folder), { recursive: true });
    await this.#kind.configure(this.#folder);
  }

  async answers(): Promise<boolean> {
    return (await statusOf(`${this.address}${this.#kind.healthPath}`)) === 200;
  }

  async whenServing(): Promise<void> {
    const { basePort, readyTimeoutMs } = this.#layout;
    await this.process.whenReady(async () => (await this.answers()) && (await this.#kind.takesObjects(basePort)), readyTimeoutMs);
  }
}

interface Kind {
  readonly healthPath: string;
  readonly stopWithinMs: number;
  commandLine(folder: string, basePort: number): Pick<ServerDefinition, 'args' | 'leaves'> & { readonly env: Readonly<Record<string, string>> };
  configure(folder: string): Promise<void>;
  /** When it is healthy. */
  takesObjects(basePort: number): Promise<boolean>;
}

const dataIn = (folder: string): string => path.join(folder, 'data');
const identitiesIn = (folder: string): string => path.join(folder, 's3.json');

const seaweedfs: Kind = {
  healthPath: '/healthz',
  // It takes some 15 s to end by itself; what it acknowledged is with the system long before.
  stopWithinMs: 3000,
  commandLine(folder, basePort) {
    const { s3, inner: { s3Grpc, master, masterGrpc, volume, volumeGrpc, filer, filerGrpc } } = s3Ports(basePort);
    const args = [
      'server', `-dir=${dataIn(folder)}`, `-ip=${HOST}`, `-ip.bind=${HOST}`,
      `-master.port=${master}`, `-master.port.grpc=${masterGrpc}`, '-master.telemetry=false', '-master.electionTimeout=500ms', '-master.volumeSizeLimitMB=64',
      `-volume.port=${volume}`, `-volume.port.grpc=${volumeGrpc}`, '-volume.max=0', '-volume.preStopSeconds=0',
      '-filer', `-filer.port=${filer}`, `-filer.port.grpc=${filerGrpc}`,
      '-s3', `-s3.port=${s3}`, `-s3.port.grpc=${s3Grpc}`, '-s3.port.iceberg=0', '-s3.port.lance=0', `-s3.config=${identitiesIn(folder)}`,
    ];
    const sockets = { 'master-grpc': masterGrpc, 'volume-grpc': volumeGrpc, 'filer': filer, 'filer-grpc': filerGrpc, 's3': s3, 's3-grpc': s3Grpc };
    return { args, env: {}, leaves: Object.entries(sockets).map(([name, port]) => `/tmp/seaweedfs-${name}-${port}.sock`) };
  },
  async configure(folder) {
    const identity = { name: 'millrace', credentials: [S3_CREDENTIALS], actions: ['Admin', 'Read', 'Write', 'List', 'Tagging'] };
    await writeFile(identitiesIn(folder), JSON.stringify({ identities: [identity] }), { mode: 0o600 });
  },
  /** Its parts find each other only after it says that it is healthy. */
  async takesObjects(basePort) {
    return (await statusOf(`http://${HOST}:${s3Ports(basePort).inner.master}/dir/assign`)) === 200;
  },
};

const minio: Kind = {
  healthPath: '/minio/health/ready',
  stopWithinMs: 10_000,
  commandLine(folder, basePort) {
    const env = { MINIO_ROOT_USER: S3_CREDENTIALS.accessKey, MINIO_ROOT_PASSWORD: S3_CREDENTIALS.secretKey, MINIO_REGION: S3_REGION, MINIO_UPDATE: 'off', MINIO_BROWSER: 'off', MINIO_CALLHOME_ENABLE: 'off' };
    return { args: ['server', '--quiet', '--address', `${HOST}:${s3Ports(basePort).s3}`, dataIn(folder)], env };
  },
  configure: async () => undefined,
  takesObjects: async () => true,
};

const KINDS: Readonly<Record<S3Kind, Kind>> = { seaweedfs, minio };
