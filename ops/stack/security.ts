/**
 * Listeners with logins and TLS, beside the plain one: what a client's security settings are tested against. One user
 * for all mechanisms; OAUTHBEARER takes Kafka's unsecured tokens, which need no identity provider.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { SecurityConfig } from './broker-config.ts';
import { createAuthority } from './certificates.ts';
import { brokerPorts, HOST } from './ports.ts';

export interface StackSecurity {
  /** Bootstrap addresses: SASL without TLS. */
  readonly saslPlaintext: string;
  /** TLS without a login. */
  readonly ssl: string;
  /** SASL over TLS. */
  readonly saslSsl: string;
  /** TLS that asks the client for a certificate. */
  readonly mutualTls: string;
  /** PEM: who signed the certificates of brokers and client. */
  readonly caFile: string;
  readonly clientCertificateFile: string;
  readonly clientKeyFile: string;
  /** Of PLAIN, SCRAM-SHA-256 and SCRAM-SHA-512. */
  readonly username: string;
  readonly password: string;
  /** A token for OAUTHBEARER. */
  readonly oauthToken: (lifetimeMs: number) => string;
}

const USERNAME = 'millrace';
const PASSWORD = 'millrace-secret';
const MECHANISMS = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'OAUTHBEARER'];
const SASL_LISTENERS = ['sasl_plaintext', 'sasl_ssl'];

const fileIn = (directory: string, name: string): string => path.join(directory, 'security', name);
const FILES = { ca: 'ca.pem', broker: 'broker.pem', clientCertificate: 'client.pem', clientKey: 'client-key.pem' };

/** Certificates are made anew each time. */
export async function prepareSecurity(directory: string): Promise<void> {
  const authority = createAuthority('Millrace test authority');
  const broker = authority.issue('broker', { names: ['localhost'], addresses: [HOST] });
  const client = authority.issue('client');
  await mkdir(fileIn(directory, ''), { recursive: true });
  await Promise.all([
    writeFile(fileIn(directory, FILES.ca), authority.certificatePem),
    writeFile(fileIn(directory, FILES.broker), broker.keyPem + broker.certificatePem, { mode: 0o600 }),
    writeFile(fileIn(directory, FILES.clientCertificate), client.certificatePem),
    writeFile(fileIn(directory, FILES.clientKey), client.keyPem, { mode: 0o600 }),
  ]);
}

/** For server.properties of one broker. */
export function securityConfig(directory: string, basePort: number, id: number): SecurityConfig {
  const { saslPlaintext, ssl, saslSsl, mutualTls } = brokerPorts(basePort, id);
  const modules = 'org.apache.kafka.common.security';
  const settings: Record<string, string> = {
    'sasl.enabled.mechanisms': MECHANISMS.join(','),
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': fileIn(directory, FILES.broker),
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': fileIn(directory, FILES.ca),
    'listener.name.mutual_tls.ssl.client.auth': 'required',
  };
  for (const listener of SASL_LISTENERS) {
    const jaas = (mechanism: string): string => `listener.name.${listener}.${mechanism}.sasl.jaas.config`;
    settings[jaas('plain')] = `${modules}.plain.PlainLoginModule required user_${USERNAME}="${PASSWORD}";`;
    settings[jaas('scram-sha-256')] = `${modules}.scram.ScramLoginModule required;`;
    settings[jaas('scram-sha-512')] = `${modules}.scram.ScramLoginModule required;`;
    settings[jaas('oauthbearer')] = `${modules}.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="broker";`;
  }
  return {
    listeners: [
      { name: 'SASL_PLAINTEXT', protocol: 'SASL_PLAINTEXT', port: saslPlaintext },
      { name: 'SSL', protocol: 'SSL', port: ssl },
      { name: 'SASL_SSL', protocol: 'SASL_SSL', port: saslSsl },
      { name: 'MUTUAL_TLS', protocol: 'SSL', port: mutualTls },
    ],
    settings,
  };
}

/** SCRAM keeps its users in the cluster's metadata: they are there from the format on. */
export const scramUsers = (): string[] =>
  MECHANISMS.filter((mechanism) => mechanism.startsWith('SCRAM')).flatMap((mechanism) => ['--add-scram', `${mechanism}=[name=${USERNAME},password=${PASSWORD}]`]);

export function describeSecurity(directory: string, basePort: number, ids: readonly number[]): StackSecurity {
  const bootstrap = (listener: 'saslPlaintext' | 'ssl' | 'saslSsl' | 'mutualTls'): string => ids.map((id) => `${HOST}:${brokerPorts(basePort, id)[listener]}`).join(',');
  return {
    saslPlaintext: bootstrap('saslPlaintext'),
    ssl: bootstrap('ssl'),
    saslSsl: bootstrap('saslSsl'),
    mutualTls: bootstrap('mutualTls'),
    caFile: fileIn(directory, FILES.ca),
    clientCertificateFile: fileIn(directory, FILES.clientCertificate),
    clientKeyFile: fileIn(directory, FILES.clientKey),
    username: USERNAME,
    password: PASSWORD,
    oauthToken(lifetimeMs) {
      const issuedS = Date.now() / 1000;
      const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
      return `${part({ alg: 'none' })}.${part({ sub: USERNAME, iat: issuedS, exp: issuedS + lifetimeMs / 1000 })}.`;
    },
  };
}
