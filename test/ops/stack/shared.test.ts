import { expect } from 'chai';
import { sharedKafka } from '../../support/kafka-stack.ts';

describe('the servers that test files share', function () {
  this.timeout(120_000);

  it('are started once, and answer', async () => {
    const [one, other] = await Promise.all([sharedKafka(), sharedKafka()]);
    expect(other).to.deep.equal(one);
    expect(await (await fetch(`${one.registryUrl}/config`)).json()).to.deep.equal({ compatibilityLevel: 'BACKWARD' });
  });
});
