import { expect } from 'chai';
import { IndexNames } from '../../../connectors/elasticsearch/index.ts';
import { compileElasticsearchOptions } from '../../../connectors/elasticsearch/options.ts';

describe('names of indexes', () => {
  const names = new IndexNames('media');
  const nameOf = (model: string, lineage = 'A1B2C3D4e5f60718'): string => names.moments({ modality: 'frame', model, lineage });

  it('hold modality, model, version and the first digits of the lineage', () => {
    expect(nameOf('effnet-lite0@1.0.0')).to.equal('media-frame--effnet-lite0--1.0.0--a1b2c3d4');
    expect(names.alias('frame')).to.equal('media-frame');
    expect(names.plain('dead-letters')).to.equal('media-dead-letters');
  });

  it('name a moment without a model none, version 0', () => {
    expect(nameOf('')).to.equal('media-frame--none--0--a1b2c3d4');
    expect(nameOf('clip')).to.equal('media-frame--clip--0--a1b2c3d4');
  });

  it('are safe whatever a model is called, and keep four parts', () => {
    for (const model of ['Org/Model X@2--beta', '--@--', 'ÄÖ@v1', '*?"<>|,#: @ ', 'a'.repeat(400), 'x@'.repeat(200)]) {
      const name = nameOf(model);
      expect(name, model).to.match(/^media-frame(--[a-z0-9._]+(-[a-z0-9._]+)*){3}$/);
      expect(Buffer.byteLength(name), model).to.be.below(256);
    }
    expect(nameOf('Org/Model X@2--beta')).to.equal('media-frame--org-model-x--2-beta--a1b2c3d4');
  });

  it('tell lineages apart that are no digests', () => {
    const [first, second] = [nameOf('m@1', 'one'), nameOf('m@1', 'two')];
    expect(first).to.match(/--[0-9a-f]{8}$/);
    expect(first).to.not.equal(second);
  });

  it('have a prefix that keeps names apart', () => {
    for (const indexPrefix of ['', 'Media', '-media', 'media-', 'me--dia', 'media*', 'a'.repeat(65)]) {
      expect(() => compileElasticsearchOptions({ url: 'http://localhost:9200', indexPrefix }), indexPrefix).to.throw().with.property('code', 'MILL_CONFIG_INVALID');
    }
    expect(compileElasticsearchOptions({ url: 'http://localhost:9200' }).indexPrefix).to.equal('media');
  });

  it('are not reached by an address that holds a password', () => {
    expect(() => compileElasticsearchOptions({ url: 'http://elastic:secret@localhost:9200' })).to.throw(/^(?!.*secret).*auth/s);
  });
});
