import { expect } from 'chai';
import { runCli } from '../support/cli.ts';
import { withTemporaryFolder } from '../support/folders.ts';

interface Report {
  readonly assets: { readonly total: number; readonly byState: Record<string, number> };
  readonly stages: readonly { readonly stage: string; readonly inputs: readonly { readonly end: number }[]; readonly lag: number }[];
}

const recordsOf = ({ stages }: Report, name: string): number | undefined => stages.find(({ stage }) => stage === name)?.inputs[0]?.end;

describe('millrace demo', function () {
  this.timeout(600_000);

  it('answers five searches with the right source on top, and a second run processes nothing again', () =>
    withTemporaryFolder(async (data) => {
      const first = await runCli(['demo'], { data });
      expect(first.code, first.stderr).to.equal(0);
      expect(first.stdout).to.include('5 of 5 searches have the expected source on top');
      expect(first.stdout).to.include('./millrace add');

      const status = async (): Promise<Report> => JSON.parse((await runCli(['status', '--json'], { data })).stdout) as Report;
      const before = await status();
      expect(before.assets.byState).to.deep.equal({ COMPLETE: before.assets.total });
      expect(before.stages.map(({ lag }) => lag)).to.deep.equal(before.stages.map(() => 0));

      const second = await runCli(['demo'], { data });
      expect(second.code, second.stderr).to.equal(0);
      expect(second.stdout).to.include('nothing was processed again');
      expect(second.stdout).to.include('5 of 5 searches have the expected source on top');
      const after = await status();
      for (const stage of ['decode', 'vision', 'audio', 'text']) expect(recordsOf(after, stage), stage).to.equal(recordsOf(before, stage));
      expect(after.assets).to.deep.equal(before.assets);
    }));
});
