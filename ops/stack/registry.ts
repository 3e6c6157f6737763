/** The schema registry of a stack: Apicurio, which speaks Confluent's protocol. It keeps its data in a file. */
import path from 'node:path';
import { MillraceError } from '../../connectors/ports/index.ts';
import { HOST } from './ports.ts';
import type { ServerProcess } from './server-process.ts';

export const registryUrl = (port: number): string => `http://${HOST}:${port}/apis/ccompat/v7`;

/** Settings of the server. */
export const registrySettings = (directory: string, port: number): Readonly<Record<string, string>> => ({
  'quarkus.http.host': HOST,
  'quarkus.http.port': String(port),
  'quarkus.log.level': 'WARN',
  'quarkus.datasource.jdbc.url': `jdbc:h2:file:${path.join(directory, 'registry')}`,
  'quarkus.datasource.jdbc.initial-size': '1',
  'quarkus.datasource.jdbc.min-size': '1',
  'quarkus.datasource.jdbc.max-size': '8',
});

/** Until it answers; then sets the compatibility that Confluent's has from the start. */
export async function whenRegistryServes(process: ServerProcess, url: string, timeoutMs: number): Promise<void> {
  await process.whenReady(async () => (await fetch(`${url}/subjects`)).ok, timeoutMs);
  const response = await fetch(`${url}/config`, { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ compatibility: 'BACKWARD' }) });
  if (!response.ok) throw new MillraceError('MILL_STACK_FAILED', `The schema registry refuses its configuration: ${response.status} ${await response.text()}`);
}
