import { expect } from 'chai';
import { execFile, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { projectFile } from '../../ops/paths.ts';
import { withTemporaryFolder } from '../support/folders.ts';

/** The commands of all `sh` blocks, in order, as a reader would paste them. */
async function readmeCommands(): Promise<string[]> {
  const text = await readFile(projectFile('README.md'), 'utf8');
  const blocks = [...text.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block = '']) => block);
  return blocks.flatMap((block) => block.split('\n')).map((line) => line.replace(/\s{2,}#.*$/, '').trim()).filter(Boolean);
}

/** This very test is part of it. */
const RUNS_US = './millrace test';
/** Goes on until it is told to stop: the reader has it in a terminal of its own. */
const RUNS_ON = /^\.\/millrace run\b/;

interface Shell {
  readonly data: string;
  /** Of what runs on. */
  readonly running: (() => Promise<void>)[];
}

const environment = (data: string): NodeJS.ProcessEnv => ({ ...process.env, MILLRACE_DATA: data, NO_COLOR: '1' });

function runInShell(command: string, { data }: Shell): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    execFile('sh', ['-c', command], { cwd: projectFile(), env: environment(data), maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), output: stdout + stderr });
    });
  });
}

function keepRunning(command: string, { data, running }: Shell): void {
  const child = spawn('sh', ['-c', `exec ${command}`], { cwd: projectFile(), env: environment(data), stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => { output += chunk.toString(); });
  const ended = new Promise<number | null>((resolve) => { child.once('close', resolve); });
  running.push(async () => {
    expect(child.exitCode, output).to.equal(null);
    child.kill('SIGTERM');
    expect(await ended, output).to.equal(0);
  });
}

describe('README', function () {
  this.timeout(1_200_000);

  it('has only commands that work, run one after the other', () =>
    withTemporaryFolder(async (data) => {
      const commands = await readmeCommands();
      expect(commands).to.include(RUNS_US);
      expect(commands).to.have.length.greaterThan(8);
      const shell: Shell = { data, running: [] };
      try {
        for (const command of commands.filter((each) => each !== RUNS_US)) {
          if (RUNS_ON.test(command)) {
            keepRunning(command, shell);
            continue;
          }
          // Servers go last.
          if (command === './millrace stack down') await stopAll(shell);
          const { code, output } = await runInShell(command, shell);
          expect(code, `${command}\n${output}`).to.equal(0);
        }
      } finally {
        await stopAll(shell).finally(() => runInShell('./millrace stack down', shell));
      }
    }));
});

async function stopAll({ running }: Shell): Promise<void> {
  for (const stop of running.splice(0)) await stop();
}
