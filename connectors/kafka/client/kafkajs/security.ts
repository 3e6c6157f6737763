/** TLS and SASL of the options, as kafkajs takes them. */
import type { ConnectionOptions } from 'node:tls';
import type { SASLOptions } from 'kafkajs';
import { MillraceError } from '../../../ports/index.ts';
import type { CompiledConnectionOptions } from '../../options.ts';

/** `undefined`: without TLS. */
export function tlsOptions({ tls }: CompiledConnectionOptions): ConnectionOptions | undefined {
  if (tls === false) return undefined;
  if (tls === true) return {};
  const { ca, cert, key, serverName } = tls;
  return {
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(serverName !== undefined && { servername: serverName }),
  };
}

export function saslOptions({ sasl }: CompiledConnectionOptions): SASLOptions | undefined {
  if (sasl === undefined) return undefined;
  if (sasl.mechanism !== 'oauthbearer') return sasl;
  return { mechanism: 'oauthbearer', oauthBearerProvider: async () => ({ value: await tokenOf(sasl) }) };
}

/** Who gives out tokens may be away for a moment: the login is tried again. */
async function tokenOf({ token }: { readonly token: () => Promise<string> }): Promise<string> {
  try {
    return await token();
  } catch (error) {
    throw new MillraceError('MILL_KAFKA_UNAVAILABLE', `No token for OAUTHBEARER: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}
