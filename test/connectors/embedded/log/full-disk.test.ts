import { expect } from 'chai';
import { startChild } from './child.ts';
import { withTemporaryFolder } from '../../../support/folders.ts';
import { readAll, withLog } from './support.ts';

interface Report {
  readonly before: number;
  readonly failure: string;
  readonly after: number;
  readonly last: string;
}

/** Files may grow to 6 MiB (in blocks of 512 bytes), until the child raises its own limit. */
async function fill(directory: string, ...mode: string[]): Promise<{ readonly report: Report; readonly offsets: readonly number[] }> {
  const child = startChild('fill.ts', [directory, ...mode], 'ulimit -S -f 12288');
  const report = JSON.parse((await child.line()) ?? 'null') as Report;
  await child.exited();
  let offsets: number[] = [];
  await withLog({ directory }, async (log) => { offsets = (await readAll(log, 't')).map(({ offset }) => offset); });
  expect(report.before).to.be.greaterThan(50);
  expect(offsets).to.deep.equal(offsets.map((_, index) => index));
  return { report, offsets };
}

describe('embedded log on a volume that is full', () => {
  it('refuses a write that does not fit, and loses nothing that it acknowledged before or after', () => withTemporaryFolder(async (directory) => {
    const { report, offsets } = await fill(directory);
    expect(report.failure).to.equal('MILL_DISK_FULL');
    expect(offsets).to.have.length(report.before + report.after);
  })).timeout(60_000);

  it('writes nothing more where a failed sync may have left a whole commit', () => withTemporaryFolder(async (directory) => {
    const { report, offsets } = await fill(directory, 'sync');
    expect(report).to.deep.include({ failure: 'MILL_COMMIT_INDEFINITE', after: 0, last: 'MILL_LOG_UNUSABLE' });
    expect(offsets.length).to.be.within(report.before, report.before + 1);
  })).timeout(60_000);
});
