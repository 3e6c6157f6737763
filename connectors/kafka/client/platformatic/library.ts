/**
 * Which @platformatic/kafka is used: 1.x runs on Node 20, 2.x needs a newer one (its engines field), so Node's version
 * says which is loaded. Both are typed as 1.x; what is used of them has the same shape in both.
 *
 * Of the library only its lower half is used: connections (TLS, SASL, framing, time-outs) and the codecs of single
 * requests. Its Consumer rejoins within `commit` and then commits as a member of the new generation, keeps a
 * coordinator for ever, and drops open aborted transactions only in part; its Producer counts sequences past 2^31. What
 * a Kafka client must get right lies in this folder instead.
 */
import type * as V1 from '@platformatic/kafka';

export type Library = typeof V1;
export type { API as Api, Broker, Connection, ConnectionPool, Reader } from '@platformatic/kafka';

/** The engines field of 2.x: ^22.22 or ^24.6 and what follows. */
function runsVersion2(nodeVersion: string): boolean {
  const [major = 0, minor = 0] = nodeVersion.split('.').map(Number);
  return major > 24 || (major === 24 && minor >= 6) || (major === 22 && minor >= 22);
}

export async function loadLibrary(): Promise<Library> {
  if (runsVersion2(process.versions.node)) return await import('platformatic-kafka-2') as unknown as Library;
  return import('@platformatic/kafka');
}
