import { expect } from 'chai';
import { openElasticsearchIndex } from '../../../connectors/elasticsearch/index.ts';
import { asset, moment } from '../sample-documents.ts';
import { ServerProxy, type Intercept } from './server-proxy.ts';
import { assets, errorOf, moments, withIndex, type WrittenIndex } from './written-index.ts';

const some = (count: number, text: string | null = null): ReturnType<typeof moments> => moments(...Array.from({ length: count }, (_, i) => moment(`m${String(i).padStart(3, '0')}`, { text })));
const isBulk = (path: string): boolean => path.startsWith('/_bulk');

async function behindProxy(options: { readonly requestTimeoutMs?: number }, use: (written: WrittenIndex, proxy: ServerProxy) => Promise<void>): Promise<void> {
  let proxy: ServerProxy | undefined;
  const through = async (url: string): Promise<object> => {
    proxy = await ServerProxy.start(url);
    return { ...options, url: proxy.url };
  };
  await withIndex(through, (written) => use(written, proxy!)).finally(() => proxy?.stop());
}

/** A server, or something before it, that takes no more than so many bytes. */
const limitedTo = (maxBytes: number): Intercept => ({ path, body }) => (isBulk(path) && Buffer.byteLength(body) > maxBytes ? { status: 413, body: '<html>Request Entity Too Large</html>' } : undefined);

describe('writing to Elasticsearch', () => {
  it('halves requests that are too large until they are taken', async () => {
    await behindProxy({}, async ({ index, momentIds }, proxy) => {
      proxy.intercept = limitedTo(8_000);
      expect(await index.write(some(100, 'word '.repeat(60)))).to.deep.equal([]);
      expect(await momentIds()).to.have.length(100);
      expect(proxy.bulks.some(({ body }) => body.length > 8_000)).to.equal(true);
    });
  });

  it('rejects one document that is too large for any request, and writes the others', async () => {
    await behindProxy({}, async ({ index, momentIds }, proxy) => {
      proxy.intercept = limitedTo(8_000);
      const large = moment('large', { text: 'word '.repeat(4_000) });
      const rejected = await index.write([...some(10), ...moments(large)]);
      expect(rejected.map(({ operation }) => operation)).to.deep.equal([{ type: 'moment', document: large }]);
      expect(rejected[0]?.reason).to.match(/413/);
      expect(await momentIds()).to.have.length(10);
    });
  });

  it('sends single documents again that the server had no room for', async () => {
    await behindProxy({}, async ({ index, momentIds }, proxy) => {
      let refusals = 3;
      proxy.intercept = async (request, forward) => {
        if (!isBulk(request.path) || !request.body.includes('"m000"') || refusals-- <= 0) return undefined;
        const rest = await forward({ ...request, body: request.body.split('\n').slice(2).join('\n') || '\n' });
        const refused = { index: { status: 429, error: { type: 'es_rejected_execution_exception', reason: 'rejected execution of coordinating operation' } } };
        const items = rest.status === 200 ? (JSON.parse(rest.body) as { readonly items: readonly unknown[] }).items : [];
        return { status: 200, body: JSON.stringify({ errors: true, items: [refused, ...items] }) };
      };
      expect(await index.write(some(20))).to.deep.equal([]);
      expect(refusals).to.be.below(1);
      expect(await momentIds()).to.have.length(20);
      // The others were taken at once, and not sent again.
      expect(proxy.bulks.filter(({ body }) => body.includes('"m001"'))).to.have.length(1);
    });
  });

  for (const status of [429, 503]) {
    it(`sends a request again that was refused with ${status}, and calls it an outage when that goes on`, async () => {
      await behindProxy({}, async ({ index, momentIds }, proxy) => {
        let refusals = 2;
        const refuse: Intercept = ({ path }) => (isBulk(path) && refusals-- > 0 ? { status, body: JSON.stringify({ error: { type: 'busy', reason: 'come back later' }, status }) } : undefined);
        proxy.intercept = refuse;
        expect(await index.write(some(5))).to.deep.equal([]);
        expect(await momentIds()).to.have.length(5);
        refusals = Number.MAX_SAFE_INTEGER;
        const error = await errorOf(index.write(some(6)));
        expect(error).to.include({ code: 'MILL_INDEX_UNAVAILABLE', kind: 'outage' });
        expect(error.message).to.match(/come back later/);
        refusals = 0;
        expect(await index.write(some(6))).to.deep.equal([]);
        expect(await momentIds()).to.have.length(6);
      });
    });
  }

  it('ends a request on a connection that has gone silent, and everything may be written again', async () => {
    await behindProxy({ requestTimeoutMs: 600 }, async ({ index, momentIds }, proxy) => {
      await index.write(some(1));
      proxy.intercept = () => 'silent';
      const error = await errorOf(index.write(moments(moment('m000'), moment('m001'))));
      expect(error.code).to.equal('MILL_INDEX_UNAVAILABLE');
      expect(error.message).to.match(/in time/);
      proxy.intercept = () => undefined;
      let tries = 0;
      // Its time-out is short for a server that others use too.
      while ((await index.write(moments(moment('m000'), moment('m001'))).catch(() => 'again')) === 'again' && tries < 20) tries += 1;
      expect(await momentIds()).to.deep.equal(['m000', 'm001']);
    });
  });

  it('says that the server is away, and that it refuses a password, apart', async () => {
    const away = await errorOf(openElasticsearchIndex({ url: 'http://127.0.0.1:1' }));
    expect(away.code).to.equal('MILL_INDEX_UNAVAILABLE');
    expect(away.message).to.match(/127\.0\.0\.1:1/).and.match(/ECONNREFUSED/);
    await behindProxy({}, async ({ index }, proxy) => {
      proxy.intercept = () => ({ status: 401, body: JSON.stringify({ error: { type: 'security_exception', reason: 'unable to authenticate user [x]' }, status: 401 }) });
      const refused = await errorOf(index.write(some(1)));
      expect(refused.code).to.equal('MILL_INDEX_REFUSED');
      expect(refused.message).to.match(/unable to authenticate/);
    });
  });

  it('refuses a server of version 8', async () => {
    await behindProxy({}, async ({ prefix }, proxy) => {
      proxy.intercept = async (request, forward) => {
        const answer = await forward(request);
        return request.path === '/' ? { ...answer, body: answer.body.replace(/"number" ?: ?"9[^"]*"/, '"number":"8.19.8"') } : answer;
      };
      const error = await errorOf(openElasticsearchIndex({ url: proxy.url, indexPrefix: prefix }));
      expect(error.code).to.equal('MILL_INDEX_REFUSED');
      expect(error.message).to.match(/8\.19\.8/);
    });
  });

  for (const block of ['write', 'read_only_allow_delete', 'read_only']) {
    it(`waits while an index is blocked (${block}), with the reason`, async () => {
      await withIndex({}, async ({ index, ask, prefix, momentIds }) => {
        await index.write([...some(1), ...assets(asset('asset-1'))]);
        await ask('PUT', `${prefix}-*/_settings`, { [`index.blocks.${block}`]: true });
        const error = await errorOf(index.write(some(2)));
        expect(error.code).to.equal('MILL_INDEX_UNAVAILABLE');
        expect(error.message).to.match(/block/);
        expect((await errorOf(index.write([{ type: 'delete', assetId: 'asset-1', revision: 1 }]))).code).to.equal('MILL_INDEX_UNAVAILABLE');
        await ask('PUT', `${prefix}-*/_settings`, { [`index.blocks.${block}`]: null });
        await index.write(some(2));
        expect(await momentIds()).to.deep.equal(['m000', 'm001']);
        await index.write([{ type: 'delete', assetId: 'asset-1', revision: 1 }]);
        expect(await momentIds()).to.deep.equal([]);
      });
    });
  }

  it('rejects what does not fit the mapping of an index that somebody else made, and writes the others', async () => {
    await withIndex({}, async ({ index, ask, prefix, momentIds }) => {
      await index.write(some(1));
      const [name = ''] = Object.keys((await ask('GET', `${prefix}-*--*`)) as object);
      const { mappings } = ((await ask('GET', name)) as Readonly<Record<string, { readonly mappings: { readonly properties: object } }>>)[name]!;
      await ask('DELETE', name);
      await ask('PUT', name, { mappings: { ...mappings, properties: { ...mappings.properties, charStart: { type: 'ip' } } } });
      const odd = moment('odd', { charStart: 12 });
      const rejected = await index.write(moments(odd, moment('even')));
      expect(rejected.map(({ operation }) => operation)).to.deep.equal([{ type: 'moment', document: odd }]);
      expect(rejected[0]?.reason).to.match(/charStart/);
      expect(await momentIds()).to.deep.equal(['even']);
    });
  });

  it('rejects ids that are too long before the server refuses the whole request for them', async () => {
    await withIndex({}, async ({ index, momentIds }) => {
      const rejected = await index.write(moments(moment('é'.repeat(257)), moment('m')));
      expect(rejected.map(({ reason }) => reason)).to.deep.equal(['the id has 514 bytes, and Elasticsearch takes 512']);
      expect(await momentIds()).to.deep.equal(['m']);
    });
  });
});
