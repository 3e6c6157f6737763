import { expect } from 'chai';
import { startChild } from './child.ts';
import { readAll, withDirectory, withLog } from './support.ts';

describe('embedded log on a volume that is full', () => {
  it('refuses a write that does not fit, and loses nothing that it acknowledged before or after', () => withDirectory(async (directory) => {
    // Files may grow to 6 MiB (in blocks of 512 bytes), until the child raises its own limit.
    const child = startChild('fill.ts', directory, 'ulimit -S -f 12288');
    const report = JSON.parse((await child.line()) ?? 'null') as { before: number; failure: string; after: number };
    await child.exited();
    expect(report.failure).to.equal('MILL_DISK_FULL');
    expect(report.before).to.be.greaterThan(50);
    await withLog({ directory }, async (log) => {
      const records = await readAll(log, 't');
      expect(records.map(({ offset }) => offset)).to.deep.equal(Array.from({ length: report.before + report.after }, (_, index) => index));
    });
  })).timeout(60_000);
});
