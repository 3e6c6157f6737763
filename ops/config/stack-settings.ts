/**
 * What the servers of `millrace stack up` add. A server's settings come from the stack together or not at all: keys of
 * the local object store are of no use at an endpoint that somebody named.
 */
import type { SettingPath } from './config.ts';
import { fromText } from './environment.ts';
import type { Checked } from './layers.ts';

/** Addresses of the servers that are meant to run in a data directory, as a shell would name them. */
export interface StackAddresses {
  readonly kafkaBrokers: string;
  readonly schemaRegistry: string;
  readonly elasticsearch?: string;
  readonly s3?: { readonly endpoint: string; readonly accessKey: string; readonly secretKey: string };
}

/** @returns null where no stack is meant to run */
export type FindStack = (dataDirectory: string) => Promise<StackAddresses | null>;

const noStack: FindStack = async () => null;

export async function addStack(chosen: Map<SettingPath, Checked>, dataDirectory: string, findStack: FindStack = noStack): Promise<void> {
  if (chosen.get('profile')?.value === 'embedded') return;
  const found = await findStack(dataDirectory);
  if (found === null) return;
  const { kafkaBrokers, schemaRegistry, elasticsearch, s3 } = found;
  const servers: readonly (readonly [SettingPath, string | undefined][])[] = [
    [['kafka.brokers', kafkaBrokers], ['schemaRegistry.url', schemaRegistry]],
    [['elasticsearch.url', elasticsearch]],
    [['s3.endpoint', s3?.endpoint], ['s3.accessKey', s3?.accessKey], ['s3.secretKey', s3?.secretKey]],
  ];
  for (const settings of servers) {
    const [[address] = []] = settings;
    if (address !== undefined && chosen.has(address)) continue;
    for (const [setting, text] of settings) {
      if (text !== undefined && !chosen.has(setting)) chosen.set(setting, { value: fromText(setting, text), origin: { from: 'stack' } });
    }
  }
}
