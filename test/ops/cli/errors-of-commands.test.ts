import { expect } from 'chai';
import path from 'node:path';
import { runCli } from '../../support/cli.ts';
import { withTemporaryFolder } from '../../support/folders.ts';

describe('a command that cannot do what it is asked', function () {
  this.timeout(120_000);
  const cases: readonly (readonly [title: string, args: string[], code: number, says: RegExp])[] = [
    ['an unknown command', ['frobnicate'], 2, /unknown command 'frobnicate'/],
    ['an unknown option', ['status', '--colour'], 2, /unknown option '--colour'/],
    ['a path that is not there', ['add', '/no/such/path'], 2, /no file or folder "\/no\/such\/path"[\s\S]*MILL_SOURCE_NOT_FOUND/],
    ['a search before anything was added', ['search', 'cat'], 2, /MILL_INDEX_MISSING/],
    ['a count that is none', ['search', '--limit', 'many', 'cat'], 2, /--limit takes a whole number, not "many"/],
    ['a count of dead letters that is none', ['status', '--dead-letters', 'all'], 2, /--dead-letters takes a whole number, not "all"/],
    ['a time that is none', ['search', '--from', 'noon', 'cat'], 2, /--from takes a time/],
    ['an unknown model task', ['models', 'fetch', 'smell'], 2, /There is no task "smell"/],
  ];
  for (const [title, args, code, says] of cases) {
    it(`${title}: exit code ${code}, and it says so`, () => withTemporaryFolder(async (folder) => {
      const result = await runCli(args, { data: path.join(folder, 'data') });
      expect(result.stderr).to.match(says);
      expect(result.code).to.equal(code);
      expect(result.stdout).to.equal('');
    }));
  }

  it('--help names the exit codes and exits with 0', () => withTemporaryFolder(async (data) => {
    const { code, stdout } = await runCli(['--help'], { data });
    expect(code).to.equal(0);
    expect(stdout).to.include('Exit codes:').and.include('Examples:');
  }));
});
