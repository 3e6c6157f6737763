/** Two runs over the same media: the same documents and moments, vectors equal but for what batching rounds otherwise. */
import { expect } from 'chai';
import type { IndexSnapshot } from './instance.ts';
import { cosine } from './vectors.ts';

export function expectSameIndex(found: IndexSnapshot, wanted: IndexSnapshot): void {
  const steady = ({ assets }: IndexSnapshot): unknown => assets.map(({ assetId, revision, state, fileName, tags, text }) => ({ assetId, revision, state, fileName, tags, text }));
  expect(steady(found)).to.deep.equal(steady(wanted));
  expect(found.moments.map(({ id }) => id)).to.deep.equal(wanted.moments.map(({ id }) => id));
  expect(new Set(found.moments.map(({ id }) => id)).size).to.equal(found.moments.length);
  for (const [i, moment] of found.moments.entries()) {
    const { vector: calmVector, ...calm } = wanted.moments[i]!;
    const { vector, ...rest } = moment;
    expect(rest).to.deep.equal(calm);
    expect(vector === null, `vector of ${moment.id}`).to.equal(calmVector === null);
    if (vector !== null && calmVector !== null) expect(cosine(vector, calmVector), `vector of ${moment.id}`).to.be.at.least(0.999);
  }
}
