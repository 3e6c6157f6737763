/**
 * Ports of a stack: a block of its own, below the range from which systems take the ports of outgoing connections, so
 * that nobody takes the port of a broker while it is down. Blocks are claimed by lock files, for stacks side by side.
 */
import { randomInt } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { MillraceError } from '../../connectors/ports/index.ts';
import { tryLock, type Release } from '../system/index.ts';

export const HOST = '127.0.0.1';
const FIRST = 20_000;
const BLOCK = 50;
const BLOCKS = 160;
/** Of one broker, from the base of its own. */
const PER_BROKER = 10;

export interface BrokerPorts {
  readonly plaintext: number;
  readonly controller: number;
  readonly saslPlaintext: number;
  readonly ssl: number;
  readonly saslSsl: number;
  readonly mutualTls: number;
}

/** @param id from 1 */
export function brokerPorts(basePort: number, id: number): BrokerPorts {
  const plaintext = basePort + PER_BROKER * (id - 1);
  return { plaintext, controller: plaintext + 1, saslPlaintext: plaintext + 2, ssl: plaintext + 3, saslSsl: plaintext + 4, mutualTls: plaintext + 5 };
}

export const registryPort = (basePort: number): number => basePort + 3 * PER_BROKER;

export interface ElasticsearchPorts {
  readonly http: number;
  readonly transport: number;
}

export const elasticsearchPorts = (basePort: number): ElasticsearchPorts => ({ http: basePort + 31, transport: basePort + 32 });

export interface S3Ports {
  readonly s3: number;
  /** Of SeaweedFS: of its parts, for each other. */
  readonly inner: Readonly<Record<'s3Grpc' | 'master' | 'masterGrpc' | 'volume' | 'volumeGrpc' | 'filer' | 'filerGrpc', number>>;
}

export function s3Ports(basePort: number): S3Ports {
  const s3 = basePort + 33;
  return { s3, inner: { s3Grpc: s3 + 1, master: s3 + 2, masterGrpc: s3 + 3, volume: s3 + 4, volumeGrpc: s3 + 5, filer: s3 + 6, filerGrpc: s3 + 7 } };
}

export interface PortBlock {
  readonly basePort: number;
  readonly release: Release;
}

/** @throws MillraceError MILL_STACK_FAILED when all are taken */
export async function claimPorts(): Promise<PortBlock> {
  // One for each user: nobody can break the lock that another user left.
  const directory = path.join(tmpdir(), `millrace-ports-${process.getuid?.() ?? 0}`);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const start = randomInt(BLOCKS);
  for (let i = 0; i < BLOCKS; i += 1) {
    const basePort = FIRST + BLOCK * ((start + i) % BLOCKS);
    const release = await tryLock(path.join(directory, String(basePort)));
    if (typeof release === 'string') continue;
    if (await allFree(basePort)) return { basePort, release };
    await release();
  }
  throw new MillraceError('MILL_STACK_FAILED', `No block of free ports from ${FIRST} on`);
}

export async function allFree(basePort: number): Promise<boolean> {
  const { s3, inner } = s3Ports(basePort);
  const brokers = [1, 2, 3].flatMap((id) => Object.values(brokerPorts(basePort, id)) as number[]);
  const ports = [...brokers, registryPort(basePort), ...(Object.values(elasticsearchPorts(basePort)) as number[]), s3, ...Object.values(inner)];
  for (const port of ports) if (!(await isFree(port))) return false;
  return true;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => { resolve(false); });
    server.listen({ host: HOST, port, exclusive: true }, () => { server.close(() => { resolve(true); }); });
  });
}
