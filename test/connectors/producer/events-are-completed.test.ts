import { expect } from 'chai';
import { MillraceError } from '../../../connectors/ports/index.ts';
import { assetIdOf, completeMediaEvent, type MediaEvent } from '../../../connectors/producer/index.ts';
import { compileProducerOptions } from '../../../connectors/producer/options.ts';
import { TOPICS } from '../../../topology/media/index.ts';

const refusalOf = (event: MediaEvent): MillraceError => {
  try {
    completeMediaEvent(event);
  } catch (error) {
    if (error instanceof MillraceError) return error;
    throw error;
  }
  throw new Error('It was taken.');
};

describe('a media event', () => {
  it('needs its source only', () => {
    const event = completeMediaEvent({ sourceUri: 'file:///media/a%20film.mp4' }, { nowMs: () => 42 });
    const { eventId, ...rest } = event;
    expect(eventId).to.match(/^[0-9a-f-]{36}$/);
    expect(rest).to.deep.equal({
      assetId: assetIdOf('default', '/media/a film.mp4'), library: 'default', priority: 'LIVE', sourceUri: 'file:///media/a%20film.mp4', fileName: 'a film.mp4',
      sizeBytes: null, modifiedAtMs: null, submittedAtMs: 42, attributes: {},
    });
  });

  it('takes library and priority of its producer, and keeps what it has', () => {
    const defaults = { library: 'news', priority: 'BULK' } as const;
    expect(completeMediaEvent({ sourceUri: 's3://footage/2026/a%20match.mp4' }, defaults)).to.include({
      library: 'news', priority: 'BULK', fileName: 'a match.mp4', assetId: assetIdOf('news', 's3://footage/2026/a%20match.mp4'),
    });
    expect(completeMediaEvent({ sourceUri: 's3://footage/a', library: 'other', priority: 'LIVE', assetId: 'mine', eventId: 'e', fileName: 'b.mp4' }, defaults)).to.include({
      library: 'other', priority: 'LIVE', assetId: 'mine', eventId: 'e', fileName: 'b.mp4',
    });
  });

  it('is another asset in another library, and another submission each time', () => {
    const [one, two] = [completeMediaEvent({ sourceUri: 's3://b/k' }), completeMediaEvent({ sourceUri: 's3://b/k' })];
    expect(one.assetId).to.equal(two.assetId);
    expect(one.eventId).to.not.equal(two.eventId);
    expect(completeMediaEvent({ sourceUri: 's3://b/k', library: 'news' }).assetId).to.not.equal(one.assetId);
  });

  it('that breaks the contract is refused by the name of the field', () => {
    const bad: readonly (readonly [Record<string, unknown>, string])[] = [
      [{ sourceUri: 'no uri' }, 'sourceUri'], [{ sourceUri: 7 }, 'sourceUri'], [{ sourceUri: 'file://host/a' }, 'sourceUri'], [{ sourceURI: 's3://b/k' }, 'sourceURI'],
      [{ library: '' }, 'library'], [{ priority: 'URGENT' }, 'priority'], [{ sizeBytes: -1 }, 'sizeBytes'], [{ attributes: { camera: 3 } }, 'attributes.camera'],
    ];
    for (const [change, field] of bad) {
      const error = refusalOf({ sourceUri: 's3://b/k', ...change });
      expect(error.code, field).to.equal('MILL_EVENT_INVALID');
      expect(error.message).to.match(new RegExp(`^AssetSubmitted\\.${field}: `));
    }
    expect(refusalOf({ sourceUri: 'https://example.org/a.mp4' }).code).to.equal('MILL_SOURCE_SCHEME');
  });

  it('goes to the topic that admission reads', () => {
    expect(compileProducerOptions({ kafka: { brokers: ['kafka:9092'] }, registry: { url: 'http://registry:8081' } }).topic).to.equal(TOPICS.assets);
  });
});
