/** Fetches the servers that tests and `millrace stack` run, with a progress bar. */
import { prepareServers, type PreparedServers } from '../stack/index.ts';
import type { CommandContext } from './command.ts';
import { startProgress } from './progress.ts';
import { formatBytes } from './terminal.ts';

export async function installServers({ terminal, paths, signal }: CommandContext): Promise<PreparedServers> {
  const progress = startProgress(terminal, { label: 'servers', format: formatBytes });
  try {
    return await prepareServers({
      cacheDirectory: paths.cache,
      signal,
      log: (line) => { terminal.note(line); },
      onProgress: (done, total) => { progress.update(done, total); },
    });
  } finally {
    progress.stop();
  }
}
