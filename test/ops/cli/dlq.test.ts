import { expect } from 'chai';
import { openEmbeddedLog } from '../../../connectors/embedded/index.ts';
import type { LogDriver, OutgoingRecord } from '../../../connectors/ports/index.ts';
import { resolvePaths } from '../../../ops/paths.ts';
import { mediaTopicSpecs, TOPICS } from '../../../topology/media/index.ts';
import { runCli } from '../../support/cli.ts';
import type { CliResult } from '../../support/cli.ts';
import { withTemporaryFolder } from '../../support/folders.ts';

async function withLog<T>(data: string, use: (log: LogDriver) => Promise<T>): Promise<T> {
  const log = await openEmbeddedLog({ directory: resolvePaths({ data }).log });
  try {
    await log.ensureTopics(mediaTopicSpecs());
    return await use(log);
  } finally {
    await log.close();
  }
}

function letter(asset: string, value: Buffer, node: string, atMs: number): OutgoingRecord {
  const said = { topic: TOPICS.assets, partition: '2', offset: '41', node, code: 'MILL_DESERIALIZATION', exception: 'RangeError', message: `${asset} cannot be read`, stacktrace: 'RangeError: short\n    at read', at: String(atMs) };
  const headers = Object.entries(said).map(([name, text]): [string, Buffer] => [`__streams.errors.${name}`, Buffer.from(text)]);
  return { topic: TOPICS.deadLetters, partition: 0, timestampMs: 1_700_000_000_000, key: Buffer.from(asset), value, headers: { ...Object.fromEntries(headers), traceparent: Buffer.from('00-1') } };
}

describe('millrace dlq', function () {
  this.timeout(120_000);

  it('lists, shows, retries and purges', () => withTemporaryFolder(async (data) => {
    const raw = Buffer.from([0, 0, 0, 0, 9, 255]);
    await withLog(data, (log) => log.produce([letter('first', raw, 'admit', 1_000), letter('second', Buffer.from('text'), 'decode-segment', 2_000), letter('third', raw, 'admit', 3_000)]));
    const dlq = (...args: string[]): Promise<CliResult> => runCli(['dlq', ...args], { data });

    const listed = await dlq('list', '--node', 'admit');
    expect(listed.stdout.split('\n').map((line) => line.split(/\s+/)[0])).to.deep.equal(['id', '0:2', '0:0', '']);
    expect(listed.stdout).to.include('third cannot be read');

    const shown = await dlq('show', '0:0');
    expect(shown.stdout).to.match(/^source +media\.assets\/2 at offset 41/m).and.match(/^key +first$/m).and.match(/^value +base64:AAAAAAn\/$/m).and.match(/^header traceparent +00-1$/m).and.include('    at read');
    expect(JSON.parse((await dlq('show', '--json', '0:1')).stdout)).to.deep.include({ id: '0:1', assetId: 'second', value: Buffer.from('text').toString('base64') });

    expect((await dlq('retry', '0:0')).stdout).to.equal('1 dead letter sent to be processed again\n');
    expect((await dlq('purge', '--all', '--node', 'admit')).stdout).to.equal('1 dead letter purged\n');
    expect((await dlq('list', '--json')).stdout.trim().split('\n').map((line) => (JSON.parse(line) as { id: string }).id)).to.deep.equal(['0:1']);
    await withLog(data, async (log) => {
      const [again] = await log.read({ topic: TOPICS.assets, partition: 2 }, 0, 10);
      expect(again).to.deep.include({ key: Buffer.from('first'), value: raw, timestampMs: 1_700_000_000_000, headers: { traceparent: Buffer.from('00-1') } });
    });
  }));

  it('does nothing unless it is told what to', () => withTemporaryFolder(async (data) => {
    await withLog(data, (log) => log.produce([letter('first', Buffer.from('v'), 'admit', 1)]));
    for (const args of [['retry'], ['purge'], ['retry', '0:0', '--all'], ['retry', '0:7'], ['show', 'x']]) {
      const { code, stderr } = await runCli(['dlq', ...args], { data });
      expect(code, args.join(' ')).to.equal(2);
      expect(stderr).to.match(/Name the ids of dead letters, or give --all|holds no open dead letter/);
    }
    expect((await runCli(['dlq', 'list'], { data })).stdout).to.include('0:0');
  }));
});
