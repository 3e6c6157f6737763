/** Maven, which fetches servers: mirrors, proxies and certificates of the machine apply. */
import path from 'node:path';
import { MillraceError } from '../../connectors/ports/index.ts';
import { lastWords, runCommand } from '../system/index.ts';

/** @returns its version @throws MillraceError MILL_STACK_MAVEN_MISSING */
export async function mavenVersion(mvn = 'mvn'): Promise<string> {
  const result = await runCommand(mvn, ['--version']);
  const version = /Apache Maven ([\w.-]+)/.exec(result.stdout)?.[1];
  if (result.exitCode !== 0 || version === undefined) throw new MillraceError('MILL_STACK_MAVEN_MISSING', `The servers are fetched by Maven, and ${mvn} does not start: ${lastWords(result)}`);
  return version;
}

export interface MavenRun {
  /** Holds Maven's own repository, so that nothing stays but what is used. */
  readonly draft: string;
  readonly pom: string;
  readonly properties: Readonly<Record<string, string>>;
  /** @default mvn */
  readonly mvn?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

export const mavenRepository = (draft: string): string => path.join(draft, 'repository');

/** @throws MillraceError MILL_STACK_MAVEN_MISSING, MILL_STACK_UNAVAILABLE */
export async function runMaven({ draft, pom, properties, mvn = 'mvn', signal }: MavenRun): Promise<void> {
  await mavenVersion(mvn);
  // --strict-checksums: a download whose checksum is wrong is a failure.
  const result = await runCommand(mvn, [
    '--batch-mode', '--quiet', '--no-transfer-progress', '--strict-checksums', '--file', pom,
    `-Dmaven.repo.local=${mavenRepository(draft)}`, ...Object.entries(properties).map(([key, value]) => `-D${key}=${value}`),
    'generate-resources',
  ], { signal });
  if (result.exitCode !== 0) throw new MillraceError('MILL_STACK_UNAVAILABLE', `Maven cannot fetch the servers: ${lastWords(result)}`);
}
