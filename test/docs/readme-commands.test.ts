import { expect } from 'chai';
import { execFile } from 'node:child_process';
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

function runInShell(command: string, data: string): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const env = { ...process.env, MILLRACE_DATA: data, NO_COLOR: '1' };
    execFile('sh', ['-c', command], { cwd: projectFile(), env, maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), output: stdout + stderr });
    });
  });
}

describe('README', function () {
  this.timeout(600_000);

  it('has only commands that work, run one after the other', () =>
    withTemporaryFolder(async (data) => {
      const commands = await readmeCommands();
      expect(commands).to.include(RUNS_US);
      expect(commands).to.have.length.greaterThan(8);
      for (const command of commands.filter((each) => each !== RUNS_US)) {
        const { code, output } = await runInShell(command, data);
        expect(code, `${command}\n${output}`).to.equal(0);
      }
    }));
});
