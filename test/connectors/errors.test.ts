import { expect } from 'chai';
import * as errors from '../../connectors/ports/errors.ts';

describe('errors', () => {
  it('are recognised when another copy of the module made them', async () => {
    const copy = await import(new URL('../../connectors/ports/errors.ts?copy', import.meta.url).href) as typeof errors;
    const error = new copy.MillraceError('MILL_CLOSED', 'text');
    expect(copy.MillraceError).to.not.equal(errors.MillraceError);
    expect(error instanceof errors.MillraceError).to.equal(true);
    expect(errors.toMillraceError(error)).to.equal(error);
  });

  it('of a class of their own are told from others', () => {
    class Special extends errors.MillraceError {}
    expect(new Special('MILL_CLOSED', 'text') instanceof errors.MillraceError).to.equal(true);
    expect(new Special('MILL_CLOSED', 'text') instanceof Special).to.equal(true);
    expect(new errors.MillraceError('MILL_CLOSED', 'text') instanceof Special).to.equal(false);
    for (const other of [new Error('text'), null, undefined, 'text', {}]) expect(other instanceof errors.MillraceError).to.equal(false);
  });
});
