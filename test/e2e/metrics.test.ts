import { expect } from 'chai';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { projectFile } from '../../ops/paths.ts';
import { runCli, startCli } from '../support/cli.ts';
import type { CliProcess } from '../support/cli.ts';
import { withTemporaryFolder } from '../support/folders.ts';
import { withKafkaStack } from '../support/kafka-stack.ts';

/** The address that the program says its metrics are at. */
function addressOf(program: CliProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    program.process.stderr?.on('data', (text: string) => {
      said += text;
      const url = /metrics at (http:\S+)\/metrics/.exec(said)?.[1];
      if (url !== undefined) resolve(url);
    });
    void program.ended.then(({ code, stderr }) => { reject(new Error(`ended with ${String(code)}: ${stderr}`)); });
  });
}

const statusOf = async (url: string): Promise<number> => (await fetch(url)).status;

describe('millrace run --metrics-port', function () {
  this.timeout(600_000);

  it('tells on Kafka what was processed, what waits, and when it is ready', () => withTemporaryFolder((folder) => withKafkaStack({ brokers: 1, registry: true }, async ({ bootstrap, registryUrl }) => {
    const data = path.join(folder, 'data');
    const env = { MILLRACE_KAFKA_BROKERS: bootstrap, MILLRACE_SCHEMA_REGISTRY: registryUrl ?? '' };
    const program = startCli(['run', '--metrics-port', '0'], { data, env });
    try {
      const url = await addressOf(program);
      while ((await statusOf(`${url}/ready`)) !== 200) await sleep(100);
      expect(await statusOf(`${url}/health`)).to.equal(200);
      const added = await runCli(['add', projectFile('samples', 'media', 'photos', 'cat.jpg')], { data, env });
      expect(added.code, added.stderr).to.equal(0);
      const metrics = await (await fetch(`${url}/metrics`)).text();
      const series = (name: string, label: string): number[] => metrics.split('\n').filter((line) => line.startsWith(`${name}{`) && line.includes(label)).map((line) => Number(line.split(' ')[1]));
      expect(series('millrace_streams_node_process_records_total', 'node="admit-source"').reduce((sum, count) => sum + count, 0)).to.equal(1);
      const lags = series('millrace_streams_task_lag', 'topic="media.assets"');
      expect(lags.length).to.be.greaterThan(0);
      expect(Math.max(...lags)).to.equal(0);
      program.process.kill('SIGTERM');
      expect((await program.ended).code).to.equal(0);
    } finally {
      program.killAll();
    }
  })));
});
