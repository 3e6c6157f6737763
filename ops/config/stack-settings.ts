/**
 * What the servers of `millrace stack up` add. A server's settings come from the stack together or not at all: keys of
 * the local object store are of no use at an endpoint that somebody named.
 */
import type { StackAddresses } from '../stack/index.ts';
import type { SettingPath } from './config.ts';
import { fromText } from './environment.ts';
import type { Checked } from './layers.ts';

/** @returns null where no stack is meant to run in this data directory */
export type FindStack = (dataDirectory: string) => Promise<StackAddresses | null>;

/** Loaded when it is asked: most of it starts servers. */
const localStack: FindStack = async (dataDirectory) => (await import('../stack/index.ts')).readStackAddresses(dataDirectory);

export async function addStack(chosen: Map<SettingPath, Checked>, dataDirectory: string, findStack: FindStack = localStack): Promise<void> {
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
