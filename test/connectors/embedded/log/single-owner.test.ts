import { expect } from 'chai';
import { openEmbeddedLog } from '../../../../connectors/embedded/index.ts';
import { startChild } from './child.ts';
import { withTemporaryFolder } from '../../../support/folders.ts';
import { codeOf, withLog } from './support.ts';

describe('embedded log with two owners', () => {
  it('is refused to a second process until the first lets go, and then handed over', () => withTemporaryFolder(async (directory) => {
    const owner = startChild('hold.ts', [directory]);
    expect(await owner.line()).to.equal('open');
    expect(await codeOf(openEmbeddedLog({ directory, lockTimeoutMs: 100 }))).to.equal('MILL_STATE_LOCKED');
    const opening = openEmbeddedLog({ directory, lockTimeoutMs: 20_000 });
    owner.process.stdin?.end('close\n');
    await (await opening).close();
    await owner.exited();
  }));

  it('is refused a second time in one process', () => withTemporaryFolder((directory) => withLog({ directory }, async () => {
    expect(await codeOf(openEmbeddedLog({ directory, lockTimeoutMs: 0 }))).to.equal('MILL_STATE_LOCKED');
  })));
});
