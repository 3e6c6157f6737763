/** The program as its users start it: `millrace run` for the whole bench, `millrace produce` for each round. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { INDEX_PREFIX } from './servers.ts';
import type { Servers } from './servers.ts';

const LAUNCHER = fileURLToPath(new URL('../../millrace', import.meta.url));
const LOOK_EVERY_MS = 1_000;
const GIVE_UP_MS = 600_000;

export interface RunningProgram {
  readonly pid: number;
  /** Processes all of a folder, as a library of its own. */
  process(folder: string, library: string, assets: number): Promise<Span>;
  stop(): Promise<void>;
}

/** From the first submission to the last asset that is complete. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

export function startProgram(servers: Servers): RunningProgram {
  const child = launch(servers, 'worker', ['run', '--profile', 'cluster']);
  const ended = once(child, 'exit').then(() => { throw new Error(`millrace run ended; see ${servers.directory}`); });
  ended.catch(() => undefined);
  return {
    pid: child.pid ?? 0,
    process: async (folder, library, assets) => {
      const producer = launch(servers, 'producer', ['produce', '--profile', 'cluster', '--library', library, folder]);
      const [code] = (await Promise.race([once(producer, 'exit'), ended])) as [number | null];
      if (code !== 0) throw new Error(`millrace produce ended with ${String(code)}`);
      return Promise.race([whenComplete(servers, library, assets), ended]);
    },
    async stop() {
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}

function launch({ directory, settings }: Servers, name: string, args: readonly string[]): ChildProcess {
  const child = spawn(LAUNCHER, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, NO_COLOR: '1', ...settings, MILLRACE_DATA: path.join(directory, name) } });
  const log = createWriteStream(path.join(directory, `${name}.log`), { flags: 'a' });
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  return child;
}

interface FoundAssets {
  readonly hits?: { readonly hits: readonly { readonly _source: { readonly fileName: string; readonly state: string; readonly submittedAt: number; readonly completedAt: number } }[] };
}

/** A look a second at what can be searched costs next to nothing, where following each asset would. */
async function whenComplete({ elasticsearchUrl }: Servers, library: string, assets: number): Promise<Span> {
  const deadline = Date.now() + GIVE_UP_MS;
  while (Date.now() < deadline) {
    await sleep(LOOK_EVERY_MS);
    const answer = await fetch(`${elasticsearchUrl}/${INDEX_PREFIX}-assets/_search?size=1000&q=library:${library}`);
    // None before the program has made its indexes.
    const found = ((await answer.json()) as FoundAssets).hits?.hits.map(({ _source }) => _source) ?? [];
    const incomplete = found.find(({ state }) => state !== 'COMPLETE');
    if (incomplete !== undefined) throw new Error(`${incomplete.fileName} is ${incomplete.state}`);
    if (found.length === assets) return { fromMs: Math.min(...found.map(({ submittedAt }) => submittedAt)), toMs: Math.max(...found.map(({ completedAt }) => completedAt)) };
  }
  throw new Error(`library ${library} did not become complete`);
}
