/** Fetches the servers that tests and `millrace stack` run, with a progress bar for each. */
import { prepareStack, type PartName, type PreparedStack, type StackParts } from '../stack/index.ts';
import type { CommandContext } from './command.ts';
import { startProgress, type Progress } from './progress.ts';
import { formatBytes } from './terminal.ts';

/** What the tests need. */
const ALL: StackParts = { kind: 'cluster', s3: 'seaweedfs' };

export async function installServers({ terminal, paths, signal }: Pick<CommandContext, 'terminal' | 'paths' | 'signal'>, parts: StackParts = ALL): Promise<PreparedStack> {
  let progress: Progress | undefined;
  try {
    return await prepareStack(parts, (part: PartName) => {
      progress?.stop();
      const bar = startProgress(terminal, { label: part, format: formatBytes });
      progress = bar;
      return { cacheDirectory: paths.cache, signal, log: (line) => { terminal.note(line); }, onProgress: (done, total) => { bar.update(done, total); } };
    });
  } finally {
    progress?.stop();
  }
}
