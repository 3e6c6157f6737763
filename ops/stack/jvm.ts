/** Command lines of the servers. */
import type { CompiledStackOptions } from './options.ts';
import type { Servers } from './servers.ts';

const COMMON = ['-Djava.awt.headless=true', '-XX:+UseSerialGC'];
const QUICK = ['-XX:TieredStopAtLevel=1'];
const LOGGING = ['-Dorg.slf4j.simpleLogger.defaultLogLevel=warn', '-Dorg.slf4j.simpleLogger.showDateTime=true', '-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS'];

/** Flags that read an archive of loaded classes, or write one; none where there is none. */
export interface ClassArchives {
  readonly broker: readonly string[];
  readonly format: readonly string[];
  readonly registry: readonly string[];
}

export interface JvmOptions extends Pick<CompiledStackOptions, 'heapMb' | 'compiler'> {
  readonly archive: readonly string[];
}

export const brokerArguments = (servers: Servers, propertiesFile: string, { heapMb, compiler, archive }: JvmOptions): string[] =>
  [`-Xms${heapMb}m`, `-Xmx${heapMb}m`, ...COMMON, ...(compiler === 'quick' ? QUICK : []), ...LOGGING, ...archive, '-cp', servers.kafkaJars, 'kafka.Kafka', propertiesFile];

export const formatArguments = (servers: Servers, archive: readonly string[], rest: readonly string[]): string[] =>
  ['-Xmx128m', ...COMMON, ...QUICK, ...LOGGING, ...archive, '-cp', servers.kafkaJars, 'kafka.tools.StorageTool', 'format', ...rest];

export const registryArguments = (servers: Servers, archive: readonly string[], settings: Readonly<Record<string, string>>): string[] =>
  ['-Xms64m', '-Xmx256m', ...COMMON, ...QUICK, ...archive, ...Object.entries(settings).map(([key, value]) => `-D${key}=${value}`), '-jar', servers.registryJar];
