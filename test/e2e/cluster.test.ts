import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { expect } from 'chai';
import { openElasticsearchIndex } from '../../connectors/elasticsearch/index.ts';
import { projectFile } from '../../ops/paths.ts';
import type { SearchResponse } from '../../ops/search/index.ts';
import { readSampleQueries } from '../../ops/cli/sample-queries.ts';
import { runCli, startCli, type CliProcess } from '../support/cli.ts';
import { withTemporaryFolder } from '../support/folders.ts';
import { snapshotIndex, snapshotOf, whenReachable } from '../support/instance.ts';
import { withKafkaStack } from '../support/kafka-stack.ts';
import { expectSameIndex } from '../support/same-index.ts';
import { sharedElasticsearch, sharedS3 } from '../support/servers.ts';

/** What of a result the profile must not change: links and where a source lies differ. */
const steady = ({ results }: SearchResponse): unknown[] => results.map(({ source: { fileName, mediaKind }, startMs, endMs, why }) => ({ fileName, mediaKind, startMs, endMs, why: why.map(({ modality }) => modality) }));

describe('the cluster profile', function () {
  this.timeout(1_200_000);

  it('answers as the embedded one, with three workers that share the stages', () => withTemporaryFolder((folder) => withKafkaStack({ registry: true }, async ({ bootstrap, registryUrl }) => {
    const [elasticsearch, s3] = await Promise.all([sharedElasticsearch(), sharedS3()]);
    const name = `e2e-${randomBytes(4).toString('hex')}`;
    const env = {
      MILLRACE_KAFKA_BROKERS: bootstrap, MILLRACE_SCHEMA_REGISTRY: registryUrl ?? '',
      MILLRACE_ELASTICSEARCH: elasticsearch.url, MILLRACE_ELASTICSEARCH_INDEX_PREFIX: name,
      MILLRACE_S3_ENDPOINT: s3.endpoint, MILLRACE_S3_ACCESS_KEY: s3.accessKey, MILLRACE_S3_SECRET_KEY: s3.secretKey,
      MILLRACE_S3_BLOB_BUCKET: `${name}-blobs`, MILLRACE_S3_SOURCE_BUCKET: `${name}-sources`,
    };
    const media = projectFile('samples', 'media');
    const embedded = path.join(folder, 'embedded');
    const workers = ['admit,decode', 'vision,text,assemble', 'audio,index'].map((stages, i) => startCli(['run', '--profile', 'cluster', '--stages', stages], { data: path.join(folder, `worker-${i}`), env }));
    try {
      await Promise.all(workers.map((worker, i) => whenReachable(path.join(folder, `worker-${i}`), worker.ended).then((instance) => instance.close())));
      const produced = await runCli(['produce', '--profile', 'cluster', '--follow', media], { data: path.join(folder, 'producer'), env });
      expect(produced.code, produced.stderr).to.equal(0);
      const added = await runCli(['add', media], { data: embedded });
      expect(added.code, added.stderr).to.equal(0);

      const index = await openElasticsearchIndex({ url: elasticsearch.url, indexPrefix: name, readOnly: true });
      try {
        expectSameIndex(await snapshotOf(index), await snapshotIndex(embedded));
      } finally {
        await index.close();
      }
      const links: string[] = [];
      for (const { query, image } of await readSampleQueries()) {
        const asked = ['search', '--json', ...(query === undefined ? ['--image', projectFile('samples', image ?? '')] : [query])];
        const [here, there] = [await runCli(asked, { data: path.join(folder, 'searcher'), env }), await runCli(asked, { data: embedded })];
        expect(here.code, here.stderr).to.equal(0);
        const [found, wanted] = [here, there].map(({ stdout }) => JSON.parse(stdout) as SearchResponse);
        expect(steady(found!).slice(0, 1), asked.join(' ')).to.deep.equal(steady(wanted!).slice(0, 1));
        links.push(...found!.results.flatMap(({ frame }) => frame?.url ?? []));
      }
      expect(links, 'links to frames').to.have.length.at.least(1);
      for (const link of links) expect((await fetch(link)).headers.get('content-type'), link).to.equal('image/jpeg');

      const status = JSON.parse((await runCli(['status', '--json'], { data: path.join(folder, 'searcher'), env })).stdout) as { servers: { state: string }[]; stages: { lag: number }[] };
      expect(status.servers.map(({ state }) => state)).to.deep.equal(['up', 'up', 'up', 'up']);
      expect(status.stages.map(({ lag }) => lag).every((lag) => lag === 0)).to.equal(true);
    } finally {
      await Promise.all(workers.map(endWorker));
      await cleanUp(elasticsearch.url, name);
    }
  })));
});

async function endWorker(worker: CliProcess): Promise<void> {
  worker.process.kill('SIGTERM');
  const { code, stderr } = await worker.ended;
  expect(code, stderr).to.equal(0);
}

async function cleanUp(url: string, prefix: string): Promise<void> {
  const indexes = (await (await fetch(`${url}/_cat/indices/${prefix}-*?format=json&h=index`)).json()) as { index: string }[];
  for (const { index } of indexes) await fetch(`${url}/${index}`, { method: 'DELETE' });
}
