import { expect } from 'chai';
import { setTimeout as sleep } from 'node:timers/promises';
import { openElasticsearchIndex } from '../../../connectors/elasticsearch/index.ts';
import { withElasticsearch } from '../../support/servers.ts';
import { moment } from '../sample-documents.ts';
import { errorOf, moments } from './written-index.ts';

describe('an Elasticsearch that is killed while documents are written', () => {
  it('has every document that was acknowledged, and takes the others when it is back', async function () {
    this.timeout(240_000);
    await withElasticsearch({}, async (server) => {
      const index = await openElasticsearchIndex({ url: server.url, indexPrefix: 'killed', requestTimeoutMs: 20_000 });
      const acknowledged: string[] = [];
      let written = 0;
      const write = async (): Promise<void> => {
        const ids = Array.from({ length: 20 }, () => `m${written++}`);
        expect(await index.write(moments(...ids.map((id) => moment(id))))).to.deep.equal([]);
        acknowledged.push(...ids);
      };
      const writing = (async () => {
        for (;;) await write();
      })();
      while (acknowledged.length < 500) await Promise.race([sleep(20), writing]);
      await server.kill();
      const error = await errorOf(writing);
      expect(error.code).to.equal('MILL_INDEX_UNAVAILABLE');
      expect(written).to.be.above(acknowledged.length);

      await server.start();
      // A shard is recovered after the server answers.
      for (let tries = 0; tries < 60; tries += 1) {
        try {
          await write();
          break;
        } catch (problem) {
          expect(problem).to.have.property('code', 'MILL_INDEX_UNAVAILABLE');
          await sleep(500);
        }
      }
      const found = new Set((await index.moments('asset-1')).map(({ id }) => id));
      const missing = acknowledged.slice(0, -20).filter((id) => !found.has(id));
      expect(missing).to.deep.equal([]);
      await index.close();
    });
  });
});
