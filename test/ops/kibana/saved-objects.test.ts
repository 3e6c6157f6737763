import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { kibanaFile, kibanaObjects } from '../../../ops/kibana/index.ts';
import { projectFile } from '../../../ops/paths.ts';
import { savedObjectForm } from './support/saved-object-forms.ts';

describe('Kibana saved objects', () => {
  it('the import file is the one that the code makes (npm run docs:generate writes it)', async () => {
    expect(await readFile(projectFile('ops', 'kibana', 'millrace.ndjson'), 'utf8')).to.equal(kibanaFile());
  });

  for (const object of kibanaObjects()) {
    it(`${object.type} ${object.id} has the form that Kibana imports`, () => {
      const { error } = savedObjectForm.safeParse(object);
      expect(error?.issues).to.equal(undefined);
    });
  }

  it('every object has an id of its own', () => {
    const keys = kibanaObjects().map(({ type, id }) => `${type}/${id}`);
    expect(new Set(keys)).to.have.length(keys.length);
  });

  it('every reference resolves, to an object that comes before', () => {
    const seen = new Set<string>();
    for (const { type, id, references } of kibanaObjects()) {
      for (const reference of references) expect(seen, `${id}: ${reference.name}`).to.include(`${reference.type}/${reference.id}`);
      seen.add(`${type}/${id}`);
    }
  });

  it('every panel, control and search names a reference that the object has', () => {
    for (const object of kibanaObjects()) {
      const parsed = savedObjectForm.parse(object);
      const names = new Set(parsed.references.map(({ name }) => name));
      if (parsed.type === 'dashboard') {
        const { panelsJSON, controlGroupInput } = parsed.attributes;
        const wanted = [
          ...panelsJSON.map(({ panelIndex, panelRefName }) => `${panelIndex}:${panelRefName}`),
          ...Object.entries(controlGroupInput.panelsJSON).map(([id, { type }]) => `controlGroup_${id}:${type === 'optionsListControl' ? 'optionsListDataView' : 'rangeSliderDataView'}`),
        ];
        expect([...names].sort()).to.deep.equal(wanted.sort());
      } else if (parsed.type === 'lens') {
        expect([...names]).to.deep.equal(Object.keys(parsed.attributes.state.datasourceStates.formBased.layers).map((layer) => `indexpattern-datasource-layer-${layer}`));
      } else if (parsed.type === 'search') {
        expect([...names]).to.deep.equal([parsed.attributes.kibanaSavedObjectMeta.searchSourceJSON.indexRefName]);
      }
    }
  });

  it('no two panels of a dashboard overlap', () => {
    for (const object of kibanaObjects()) {
      const parsed = savedObjectForm.parse(object);
      if (parsed.type !== 'dashboard') continue;
      const cells = parsed.attributes.panelsJSON.flatMap(({ gridData: { x, y, w, h } }) => Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)}/${y + Math.floor(cell / w)}`));
      expect(new Set(cells)).to.have.length(cells.length);
    }
  });

  it('takes the prefix of the indexes', () => {
    const titles = kibanaObjects('staging').filter(({ type }) => type === 'index-pattern').map(({ attributes }) => String(attributes['title']));
    expect(titles).to.include('staging-assets');
    expect(titles.every((title) => title.split(',').every((index) => index.startsWith('staging-')))).to.equal(true);
  });
});
