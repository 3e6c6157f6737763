/** The Java that runs the servers, and the Maven that fetches them. */
import { MillraceError } from '../../connectors/ports/index.ts';
import { lastWords, runCommand } from '../system/index.ts';

export const LEAST_JAVA = 17;

/** @returns its version, as 17.0.15 @throws MillraceError MILL_STACK_JAVA_MISSING */
export async function javaVersion(java = 'java'): Promise<string> {
  const result = await runCommand(java, ['-version']);
  const version = /version "([\d._]+)/.exec(result.stderr)?.[1];
  if (result.exitCode !== 0 || version === undefined) throw new MillraceError('MILL_STACK_JAVA_MISSING', `The servers need Java ${LEAST_JAVA} or newer, and ${java} does not start: ${lastWords(result)}`);
  if (Number.parseInt(version, 10) < LEAST_JAVA) throw new MillraceError('MILL_STACK_JAVA_MISSING', `The servers need Java ${LEAST_JAVA} or newer; this is ${version}`);
  return version;
}

/** @returns its version @throws MillraceError MILL_STACK_MAVEN_MISSING */
export async function mavenVersion(mvn = 'mvn'): Promise<string> {
  const result = await runCommand(mvn, ['--version']);
  const version = /Apache Maven ([\w.-]+)/.exec(result.stdout)?.[1];
  if (result.exitCode !== 0 || version === undefined) throw new MillraceError('MILL_STACK_MAVEN_MISSING', `The servers are fetched by Maven, and ${mvn} does not start: ${lastWords(result)}`);
  return version;
}
