/** What members of a group write to each other: read back, as Kafka lays it out, and what others may have written. */
import { expect } from 'chai';
import { decodeAssignment, decodeSubscription, encodeAssignment, encodeSubscription } from '../../../connectors/kafka/client/group-protocol.ts';

describe('subscriptions and assignments of a group', () => {
  it('are laid out as the protocol says, byte by byte', () => {
    expect(encodeSubscription({ topics: ['ab', 'ö'], userData: Buffer.from([7]) }).toString('hex')).to.equal('00000000000200026162' + '0002c3b6' + '0000000107');
    expect(encodeAssignment(new Map([['t', [0, 5]]])).toString('hex')).to.equal('000000000001000174' + '000000020000000000000005' + '00000000');
  });

  it('come back', () => {
    for (const subscription of [{ topics: ['a', 'größe'], userData: Buffer.from('about me') }, { topics: [], userData: Buffer.alloc(0) }]) {
      expect(decodeSubscription(encodeSubscription(subscription))).to.deep.equal(subscription);
    }
    for (const assignment of [new Map([['a', [0, 1, 2]], ['b', []]]), new Map<string, number[]>()]) {
      expect(decodeAssignment(encodeAssignment(assignment))).to.deep.equal(assignment);
    }
  });

  it('of newer versions are read as far as they are known', () => {
    const newer = Buffer.concat([Buffer.from([0, 3]), encodeSubscription({ topics: ['a'], userData: Buffer.from('x') }).subarray(2), Buffer.alloc(12)]);
    expect(decodeSubscription(newer)).to.deep.equal({ topics: ['a'], userData: Buffer.from('x') });
  });

  it('without user data have none', () => {
    expect(decodeSubscription(Buffer.from('0000' + '00000001000161' + 'ffffffff', 'hex'))).to.deep.equal({ topics: ['a'], userData: Buffer.alloc(0) });
  });

  it('that are empty or cut short anywhere are none', () => {
    const [subscription, assignment] = [encodeSubscription({ topics: ['a'], userData: Buffer.from('x') }), encodeAssignment(new Map([['a', [1]]]))];
    for (let length = 0; length < subscription.length; length += 1) expect(decodeSubscription(subscription.subarray(0, length))).to.deep.equal({ topics: [], userData: Buffer.alloc(0) });
    for (let length = 0; length < assignment.length - 4; length += 1) expect(decodeAssignment(assignment.subarray(0, length))).to.deep.equal(new Map());
  });
});
