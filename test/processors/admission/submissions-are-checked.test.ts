import { expect } from 'chai';
import { MillraceError } from '../../../connectors/ports/index.ts';
import { validateSubmission } from '../../../processors/admission/index.ts';
import type { AssetSubmitted } from '../../../schemas/index.ts';

const good: AssetSubmitted = {
  eventId: 'e1', assetId: 'a1', library: 'default', priority: 'LIVE', sourceUri: 'file:///media/a.mp4', fileName: 'a.mp4', sizeBytes: 10, modifiedAtMs: 1, submittedAtMs: 2, attributes: { place: 'Ulm' },
};

describe('a submission', () => {
  it('that keeps the contract passes', () => {
    validateSubmission(good, 'a1');
    validateSubmission({ ...good, sizeBytes: null, modifiedAtMs: null, fileName: '$(touch x)\n.mp4' }, 'a1');
  });

  it('that breaks it is refused by the name of the field', () => {
    const bad: [Partial<AssetSubmitted>, string][] = [
      [{ eventId: '' }, 'eventId'], [{ assetId: 'a\u0000' }, 'assetId'], [{ assetId: 'x'.repeat(513) }, 'assetId'], [{ library: '' }, 'library'], [{ sourceUri: 'no uri' }, 'sourceUri'],
      [{ fileName: '' }, 'fileName'], [{ sizeBytes: -1 }, 'sizeBytes'], [{ sizeBytes: 1.5 }, 'sizeBytes'], [{ submittedAtMs: Number.NaN }, 'submittedAtMs'], [{ modifiedAtMs: 1e17 }, 'modifiedAtMs'],
      [{ attributes: { a: 'x'.repeat(2001) } }, 'attributes.a'], [{ attributes: Object.fromEntries(Array.from({ length: 101 }, (_, key) => [`k${key}`, ''])) }, 'attributes'],
    ];
    for (const [change, field] of bad) {
      const submission = { ...good, ...change };
      expect(() => {
        validateSubmission(submission, submission.assetId);
      }, field).to.throw(MillraceError, `AssetSubmitted.${field}: `).with.property('code', 'MILL_EVENT_INVALID');
    }
  });

  it('has its asset as the key', () => {
    expect(() => {
      validateSubmission(good, 'other');
    }).to.throw(MillraceError, 'AssetSubmitted.assetId: differs from the key');
  });
});
