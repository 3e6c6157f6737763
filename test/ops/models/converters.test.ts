import { expect } from 'chai';
import type { MillraceError } from '../../../connectors/ports/index.ts';
import { findPython, prepareConverters } from '../../../ops/models/python.ts';
import { withTemporaryFolder } from '../../support/folders.ts';

describe('converters of models', () => {
  it('say what they met when a package does not hold what its card names', () => withTemporaryFolder(async (folder) => {
    const converters = await prepareConverters(await findPython(), folder, false);
    const error = await converters.run('extract', folder, [], '{"model.onnx": "no/such/member"}').then(() => undefined, (caught: unknown) => caught as MillraceError);
    expect(error?.code).to.equal('MILL_MODEL_BUILD');
    expect(error?.message).to.match(/^Converter extract failed: .*no\/such\/member/);
  }));
});
