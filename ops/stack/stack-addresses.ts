/** Where the servers of a detached stack are, as far as clients need to know. */
import { brokerPorts, elasticsearchPorts, HOST, s3Ports } from './ports.ts';
import { registryUrl } from './registry.ts';
import { S3_CREDENTIALS } from './s3/s3.ts';
import { currentStack, isMeantToRun, readStackState, stackDirectory, type StackState } from './stack-state.ts';

export interface StackAddresses {
  /** host:port of each, with commas between them */
  readonly kafkaBrokers: string;
  readonly schemaRegistry: string;
  readonly elasticsearch?: string;
  readonly s3?: { readonly endpoint: string; readonly accessKey: string; readonly secretKey: string };
}

/**
 * Reads the state file, and asks no server.
 * @returns null where no stack is meant to run: none was started in this data directory, or it was stopped
 * @throws MillraceError MILL_STACK_FAILED when that file is damaged
 */
export async function readStackAddresses(dataDirectory: string): Promise<StackAddresses | null> {
  const state = await readStackState(stackDirectory(dataDirectory, await currentStack(dataDirectory)));
  return state === null || !isMeantToRun(state) ? null : addressesOf(state);
}

export function addressesOf({ kind, brokers, basePort }: Pick<StackState, 'kind' | 'brokers' | 'basePort'>): StackAddresses {
  const kafka = {
    kafkaBrokers: Array.from({ length: brokers }, (_, i) => `${HOST}:${brokerPorts(basePort, i + 1).plaintext}`).join(','),
    schemaRegistry: registryUrl(basePort),
  };
  if (kind === 'kafka') return kafka;
  return { ...kafka, elasticsearch: `http://${HOST}:${elasticsearchPorts(basePort).http}`, s3: { endpoint: `http://${HOST}:${s3Ports(basePort).s3}`, ...S3_CREDENTIALS } };
}
