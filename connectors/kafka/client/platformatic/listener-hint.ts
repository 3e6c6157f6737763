/** What a connection that ends at once most often means: brokers hang up on who speaks otherwise than the listener, and do not say so. */
import { MillraceError } from '../../../ports/index.ts';
import type { CompiledConnectionOptions } from '../../options.ts';

const HUNG_UP = /closed|ECONNRESET|requires TLS|supports TLS|wrong version number|secure TLS|EPROTO/i;

export function withListenerHint(error: unknown, { tls, sasl }: CompiledConnectionOptions): unknown {
  if (!(error instanceof MillraceError) || !HUNG_UP.test(error.message)) return error;
  const wants = tls === false ? ['TLS', ...sasl === undefined ? ['SASL'] : []].join(' or ') : undefined;
  const question = wants === undefined ? 'does its listener speak TLS?' : `does its listener want ${wants}?`;
  return new MillraceError(error.code, `${error.message} (it hung up at once: ${question})`, { cause: error });
}
