import { expect } from 'chai';
import { readFile } from 'node:fs/promises';
import { buildMediaTopology, mediaTopicSpecs, outlineMediaTopology, STAGES, subtopologiesOf, TOPICS, withPictures } from '../../../topology/media/index.ts';
import { Harness, PHOTO } from './harness.ts';

describe('media topology: stages', () => {
  let harness: Harness;
  beforeEach(async () => { harness = await Harness.open(); });
  afterEach(async () => { await harness.close(); });

  it('each runs apart, with its own services alone', () => {
    const { admission, blobs, decode, vision, audio, text, searchIndex, eventIndex } = harness.world.services;
    const services = { admit: { admission, blobs }, decode: { decode }, vision: { vision }, audio: { audio }, text: { text }, assemble: {}, index: { searchIndex, eventIndex } };
    for (const stage of STAGES) {
      const { subtopologies } = buildMediaTopology({ services: services[stage], stages: [stage] });
      expect(subtopologies.map(({ name }) => name), stage).to.deep.equal(subtopologiesOf(stage, { events: true }));
    }
  });

  it('all together have the sub-topologies of each, and only topics that are declared', () => {
    const { subtopologies } = buildMediaTopology({ services: harness.world.services });
    expect(subtopologies.map(({ name }) => name)).to.deep.equal(STAGES.flatMap((stage) => subtopologiesOf(stage, { events: true })));
    const declared = mediaTopicSpecs().map(({ topic }) => topic);
    expect(subtopologies.flatMap(({ sourceTopics, sinkTopics }) => [...sourceTopics, ...sinkTopics]).filter((topic) => !declared.includes(topic))).to.be.empty;
  });

  it('a missing service and an unknown stage are named', () => {
    expect(() => buildMediaTopology({ services: {}, stages: ['vision'] })).to.throw('Stage vision needs services.vision.').with.property('code', 'MILL_CONFIG_INVALID');
    expect(() => buildMediaTopology({ services: {}, stages: ['see' as never] })).to.throw('There is no stage see').with.property('code', 'MILL_CONFIG_INVALID');
    expect(() => buildMediaTopology({ services: harness.world.services, options: { segmentMs: 0 } })).to.throw('segmentMs').with.property('code', 'MILL_CONFIG_INVALID');
  });

  it('admission alone plans the work, and does none of it', async () => {
    const alone = await Harness.open({ stages: ['admit'] });
    try {
      alone.submit('photo', PHOTO);
      await alone.driver.drain();
      expect(alone.driver.output(TOPICS.work).map(({ key }) => key)).to.deep.equal(['photo/0']);
      expect(alone.world.calls.map(({ call }) => call)).to.deep.equal(['hash', 'plan']);
    } finally {
      await alone.close();
    }
  });

  it('the outline is the topology that runs, and the page in docs has its pictures', async () => {
    expect(outlineMediaTopology().toMermaid()).to.equal(buildMediaTopology({ services: harness.world.services }).toMermaid());
    const page = await readFile(new URL('../../../docs/media-topology.md', import.meta.url), 'utf8');
    expect(page).to.include('content-register').and.to.include('media_work --> decode');
    expect(page).to.equal(withPictures(page));
  });
});
