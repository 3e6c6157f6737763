/**
 * Certificates for the TLS listeners of a stack: an authority of its own, and what it signs. X.509 is written here, since
 * the standard library only reads it; the few fields that a test needs are few lines, and no other tool has to be there.
 */
import { generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';

export interface Certified {
  readonly certificatePem: string;
  /** PKCS 8 */
  readonly keyPem: string;
}

export interface Authority extends Certified {
  /** For a server at these addresses, or for a client. */
  issue(subject: string, hosts?: CertifiedHosts): Certified;
}

export interface CertifiedHosts {
  readonly names: readonly string[];
  /** IPv4 */
  readonly addresses: readonly string[];
}

const VALID_MS = 10 * 365 * 86_400_000;
/** Clocks of other machines may be late. */
const EARLIER_MS = 86_400_000;

export function createAuthority(name: string): Authority {
  const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const own = certificate({ subject: name, issuer: name, key: keys.publicKey, signer: keys.privateKey, extensions: [extension(OID.basicConstraints, sequence(TRUE))] });
  return {
    ...certified(own, keys.privateKey),
    issue(subject, hosts = { names: [], addresses: [] }) {
      const issued = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const alternatives = [...hosts.names.map((host) => der(0x82, Buffer.from(host))), ...hosts.addresses.map((ip) => der(0x87, Buffer.from(ip.split('.').map(Number))))];
      const extensions = alternatives.length === 0 ? [] : [extension(OID.subjectAltName, sequence(...alternatives))];
      return certified(certificate({ subject, issuer: name, key: issued.publicKey, signer: keys.privateKey, extensions }), issued.privateKey);
    },
  };
}

const certified = (certificateDer: Buffer, key: KeyObject): Certified => ({
  certificatePem: `-----BEGIN CERTIFICATE-----\n${certificateDer.toString('base64').replace(/.{64}/g, '$&\n').trimEnd()}\n-----END CERTIFICATE-----\n`,
  keyPem: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
});

interface Fields {
  readonly subject: string;
  readonly issuer: string;
  readonly key: KeyObject;
  readonly signer: KeyObject;
  readonly extensions: readonly Buffer[];
}

/** RFC 5280, 4.1 */
function certificate({ subject, issuer, key, signer, extensions }: Fields): Buffer {
  const algorithm = sequence(OID.ecdsaWithSha256);
  const now = Date.now();
  const version3 = der(0xa0, integer(Buffer.from([2])));
  const serial = integer(Buffer.concat([Buffer.from([1]), randomBytes(15)]));
  const validity = sequence(time(now - EARLIER_MS), time(now + VALID_MS));
  const content = sequence(
    version3, serial, algorithm, distinguishedName(issuer), validity, distinguishedName(subject),
    key.export({ type: 'spki', format: 'der' }), ...(extensions.length === 0 ? [] : [der(0xa3, sequence(...extensions))]),
  );
  return sequence(content, algorithm, der(0x03, Buffer.concat([Buffer.from([0]), sign('sha256', content, signer)])));
}

/** Tag, length, value. */
function der(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

const sequence = (...parts: readonly Buffer[]): Buffer => der(0x30, Buffer.concat(parts));
const integer = (bytes: Buffer): Buffer => der(0x02, bytes);
const time = (ms: number): Buffer => der(0x17, Buffer.from(`${new Date(ms).toISOString().replace(/[-:T]/g, '').slice(2, 14)}Z`));
const TRUE = der(0x01, Buffer.from([0xff]));
const OID = {
  ecdsaWithSha256: der(0x06, Buffer.from('2a8648ce3d040302', 'hex')),
  commonName: der(0x06, Buffer.from('550403', 'hex')),
  basicConstraints: der(0x06, Buffer.from('551d13', 'hex')),
  subjectAltName: der(0x06, Buffer.from('551d11', 'hex')),
};
const distinguishedName = (name: string): Buffer => sequence(der(0x31, sequence(OID.commonName, der(0x0c, Buffer.from(name)))));
const extension = (oid: Buffer, value: Buffer): Buffer => sequence(oid, der(0x04, value));
