import { once } from 'node:events';
import { expect } from 'chai';
import { startCli } from '../../support/cli.ts';
import { withTemporaryFolder } from '../../support/folders.ts';

/** Nobody listens there. */
const NOBODY = '127.0.0.1:1';

describe('millrace inbox', () => {
  it('waits for servers that are down when it starts, says so, and can be stopped', () => withTemporaryFolder(async (folder) => {
    const inbox = startCli(['inbox', '--mode', 'poll'], {
      data: folder,
      env: { MILLRACE_KAFKA_BROKERS: NOBODY, MILLRACE_SCHEMA_REGISTRY: `http://${NOBODY}`, MILLRACE_S3_ENDPOINT: `http://${NOBODY}`, MILLRACE_S3_ACCESS_KEY: 'k', MILLRACE_S3_SECRET_KEY: 's' },
    });
    const over = inbox.ended.then(({ stderr }) => { throw new Error(`it ended by itself: ${stderr}`); });
    let said = '';
    while (!said.includes('waiting:')) {
      const [chunk] = await Promise.race([once(inbox.process.stderr!, 'data'), over]) as [string];
      said += chunk;
    }
    over.catch(() => undefined);
    expect(said).to.include('MILL_BLOBS_UNAVAILABLE');
    inbox.process.kill('SIGTERM');
    const { code, stderr } = await inbox.ended;
    expect(stderr).to.include('stopping');
    expect(code).to.be.oneOf([130, 143]);
  }));
});
