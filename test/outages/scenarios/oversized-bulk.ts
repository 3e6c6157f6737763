/** Requests of 1 MB are refused by the server (413), and many documents come at once: the sink must send less at a time. */
import { expect } from 'chai';
import type { Scenario } from './index.ts';

export const oversizedBulk: Scenario = {
  name: 'bulks are larger than the server takes',
  documents: 400,
  photographs: 0,
  submits: true,
  begin: async () => undefined,
  told: null,
  async end({ instance }) {
    expect(await instance.deadLetters(1)).to.deep.equal([]);
  },
};
