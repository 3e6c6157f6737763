import { expect } from 'chai';
import { sharedKafka } from '../../support/kafka-stack.ts';
import { sharedElasticsearch, sharedS3 } from '../../support/servers.ts';

describe('the servers that test files share', function () {
  this.timeout(240_000);

  it('are started once, and answer', async () => {
    const [one, other] = await Promise.all([sharedKafka(), sharedKafka()]);
    expect(other).to.deep.equal(one);
    expect(await (await fetch(`${one.registryUrl}/config`)).json()).to.deep.equal({ compatibilityLevel: 'BACKWARD' });
  });

  it('are Elasticsearch 9.4.3 too', async () => {
    const [one, other] = await Promise.all([sharedElasticsearch(), sharedElasticsearch()]);
    expect(other).to.deep.equal(one);
    expect(await (await fetch(one.url)).json()).to.have.nested.property('version.number', '9.4.3');
  });

  it('are an object store too, which wants to know who asks', async () => {
    const [one, other] = await Promise.all([sharedS3(), sharedS3()]);
    expect(other).to.deep.equal(one);
    expect((await fetch(one.endpoint)).status).to.equal(403);
  });
});
