/** Reads a configuration in a folder of its own, from nothing but what the test gives. */
import { expect } from 'chai';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { MillraceError } from '../../../connectors/ports/index.ts';
import { readConfig, type LoadedConfig, type ReadConfigOptions } from '../../../ops/config/index.ts';
import { withTemporaryFolder } from '../../support/folders.ts';

export interface Given extends Pick<ReadConfigOptions, 'options' | 'findStack'> {
  readonly env?: NodeJS.ProcessEnv;
  /** Files of the working directory, by name. */
  readonly files?: Readonly<Record<string, string | Buffer>>;
}

export const KAFKA = { MILLRACE_KAFKA_BROKERS: 'one:9092', MILLRACE_SCHEMA_REGISTRY: 'http://registry:8081' };

/** `findStack` is asked only where the test has one: no stack of this machine plays a part. */
export const configOf = ({ env = {}, files = {}, options = {}, findStack = async () => null }: Given): Promise<LoadedConfig> => withTemporaryFolder(async (folder) => {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
    await writeFile(path.join(folder, name), content);
  }
  return readConfig({ env, options, workingDirectory: folder, findStack });
});

/** The lines of the error, one for each thing that is wrong. */
export async function wrongs(given: Given): Promise<string[]> {
  const error = await configOf(given).then(() => null, (reason: unknown) => reason);
  expect(error).to.be.instanceOf(MillraceError).with.property('code', 'MILL_CONFIG_INVALID');
  const lines = (error as MillraceError).message.trim().split('\n').map((line) => line.trim());
  return lines.length === 1 ? lines : lines.slice(1);
}

export const wrongInFile = (text: string | Buffer, env: NodeJS.ProcessEnv = {}): Promise<string[]> => wrongs({ files: { 'millrace.yaml': text }, env });
