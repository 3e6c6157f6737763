/** TLS and SASL of the options, as kafkajs takes them. */
import type { ConnectionOptions } from 'node:tls';
import type { SASLOptions } from 'kafkajs';
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
  return { mechanism: 'oauthbearer', oauthBearerProvider: async () => ({ value: await sasl.token() }) };
}
