import { expect } from 'chai';
import path from 'node:path';
import { projectFile } from '../../ops/paths.ts';
import { runCli } from '../support/cli.ts';
import { withTemporaryFolder } from '../support/folders.ts';
import { snapshotIndex } from '../support/instance.ts';
import { withKafkaStack } from '../support/kafka-stack.ts';
import { expectSameIndex } from '../support/same-index.ts';

describe('the media topology on Kafka', function () {
  this.timeout(900_000);

  it('finds the same as on the embedded log, and a second run finds it done', () => withTemporaryFolder((folder) => withKafkaStack({ brokers: 1, registry: true }, async ({ bootstrap, registryUrl }) => {
    const [embedded, onKafka] = [path.join(folder, 'embedded'), path.join(folder, 'kafka')];
    const env = { MILLRACE_KAFKA_BROKERS: bootstrap, MILLRACE_SCHEMA_REGISTRY: registryUrl ?? '' };
    const media = ['photos', 'speech', 'documents'].map((name) => projectFile('samples', 'media', name)).concat(projectFile('samples', 'media', 'video', 'concert.mp4'));
    const plain = await runCli(['add', ...media], { data: embedded });
    expect(plain.code, plain.stderr).to.equal(0);
    const added = await runCli(['add', ...media], { data: onKafka, env });
    expect(added.code, added.stderr).to.equal(0);
    expectSameIndex(await snapshotIndex(onKafka), await snapshotIndex(embedded));

    const again = await runCli(['add', ...media], { data: onKafka, env });
    expect(again.code, again.stderr).to.equal(0);
    expect(again.stdout).to.match(/All \d+ assets are known and unchanged/);
    const status = JSON.parse((await runCli(['status', '--json'], { data: onKafka, env })).stdout) as { readonly stages: readonly { readonly lag: number }[]; readonly deadLetters: number };
    expect(status.stages.reduce((sum, { lag }) => sum + lag, 0)).to.equal(0);
    expect(status.deadLetters).to.equal(0);
  })));
});
