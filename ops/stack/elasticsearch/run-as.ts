/**
 * Elasticsearch refuses to run as root. Where this program is root, the server runs as `nobody`, who owns its folder. So
 * that the cache and the data may lie below folders that only root may enter (a home folder, a temporary folder), the
 * process keeps one right of root's: to read and to enter; in containers, which often have not that one, the wider one
 * that includes it. Where neither is to be had, the folders must be open to all.
 */
import { readFile } from 'node:fs/promises';
import { MillraceError } from '../../../connectors/ports/index.ts';
import { lastWords, runCommand } from '../../system/index.ts';

const USER = 'nobody';
/** Numbers of the rights in the kernel's list, and their names; the first that is there is kept. */
const RIGHTS = [{ bit: 2n, name: 'dac_read_search' }, { bit: 1n, name: 'dac_override' }] as const;

export interface RunAs {
  /** What stands before a command. */
  readonly prefix: readonly string[];
  /** Gives a folder, with all that is in it, to the user of the server. */
  own(folder: string): Promise<void>;
  /** @throws MillraceError MILL_STACK_FAILED when that user cannot read the one and write the other */
  check(readable: string, writable: string): Promise<void>;
}

const AS_WE_ARE: RunAs = { prefix: [], own: async () => undefined, check: async () => undefined };

/** @throws MillraceError MILL_STACK_FAILED where root cannot become somebody else */
export async function runAsAllowed(): Promise<RunAs> {
  if (process.getuid?.() !== 0) return AS_WE_ARE;
  const [uid, gid] = [await idOf('-u'), await idOf('-g')];
  const prefix = ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', ...(await keepingARight())];
  return {
    prefix,
    async own(folder) {
      const result = await runCommand('chown', ['-R', `${uid}:${gid}`, folder]);
      if (result.exitCode !== 0) throw new MillraceError('MILL_STACK_FAILED', `${folder} cannot be given to the user ${USER}: ${lastWords(result)}`);
    },
    async check(readable, writable) {
      const [command = '', ...args] = prefix;
      const result = await runCommand(command, [...args, 'sh', '-c', 'test -r "$1" && test -w "$2"', 'sh', readable, writable]);
      if (result.exitCode === 0) return;
      const why = lastWords(result);
      throw new MillraceError('MILL_STACK_FAILED', `Elasticsearch does not run as root, and the user ${USER} cannot read ${readable} or write ${writable}${why === '' ? '' : `: ${why}`}`, {
        hint: 'Start the stack as an ordinary user; or install util-linux (setpriv), and set MILLRACE_HOME and --data to folders that all may enter.',
      });
    },
  };
}

async function idOf(which: '-u' | '-g'): Promise<string> {
  const result = await runCommand('id', [which, USER]);
  if (result.exitCode !== 0) throw new MillraceError('MILL_STACK_FAILED', `Elasticsearch does not run as root, and there is no user ${USER}: ${lastWords(result)}`);
  return result.stdout.trim();
}

async function keepingARight(): Promise<string[]> {
  const status = await readFile('/proc/self/status', 'utf8').catch(() => '');
  const held = BigInt(`0x${/^CapEff:\s*([\da-f]+)$/m.exec(status)?.[1] ?? '0'}`);
  const right = RIGHTS.find(({ bit }) => ((held >> bit) & 1n) === 1n);
  return right === undefined ? [] : [`--inh-caps=-all,+${right.name}`, `--ambient-caps=-all,+${right.name}`, '--securebits=+no_setuid_fixup'];
}
