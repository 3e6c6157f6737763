import { expect } from 'chai';
import { MAX_USER_DATA_BYTES, decodeUserData, encodeUserData } from '../../../../connectors/kafka/group/user-data.ts';
import type { MemberData } from '../../../../connectors/kafka/group/user-data.ts';
import { randomFrom, tasksOf } from './support.ts';

const data: MemberData = {
  instanceId: 'instance-1',
  endpoint: 'host:8080',
  epoch: 7,
  held: [{ subtopology: 'counts', partition: 0 }, { subtopology: 'counts', partition: 2 }, { subtopology: 'ümlaut', partition: 1 }],
  warm: [{ task: { subtopology: 'counts', partition: 0 }, offsetSum: 123_456_789_012 }],
};
const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const legal = JSON.parse(encodeUserData(data).toString()) as Record<string, unknown>;

describe('user data of a group member', () => {
  it('comes back as it was', () => {
    expect(decodeUserData(encodeUserData(data))).to.deep.equal(data);
    const bare = { instanceId: 'i', endpoint: null, epoch: 0, held: [], warm: [] };
    expect(decodeUserData(encodeUserData(bare))).to.deep.equal(bare);
  });

  it('stays below its bound: warm tasks are left out before held ones', () => {
    const held = tasksOf(2, 300);
    const warm = tasksOf(2, 5000).map((task) => ({ task, offsetSum: Number.MAX_SAFE_INTEGER }));
    const bytes = encodeUserData({ ...data, held, warm });
    expect(bytes.length).to.be.within(MAX_USER_DATA_BYTES / 4, MAX_USER_DATA_BYTES);
    const back = decodeUserData(bytes);
    expect(back?.held).to.have.length(held.length);
    expect(back?.warm.length).to.be.within(1, warm.length - 1);
    expect(encodeUserData({ ...data, held: tasksOf(3, 20_000), warm }).length).to.be.at.most(MAX_USER_DATA_BYTES);
  });

  it('of another version, or hostile, counts as none', () => {
    const hostile: Record<string, Buffer> = {
      'nothing': Buffer.alloc(0),
      'no JSON': Buffer.from([0xff, 0, 1, 0x7b]),
      'null': json(null),
      'a list': json([]),
      'a later version': json({ ...legal, v: 2 }),
      'no version': json({ ...legal, v: undefined }),
      'a partition below 0': json({ ...legal, held: [['counts', [-1]]] }),
      'a partition that is no integer': json({ ...legal, held: [['counts', [0.5]]] }),
      'an epoch that cannot be counted on': json({ ...legal, epoch: Number.MAX_SAFE_INTEGER }),
      'held tasks that are no list': json({ ...legal, held: { length: 1e9 } }),
      'warm tasks without a sum': json({ ...legal, warm: [['counts', [[0]]]] }),
      'an endpoint that is an object': json({ ...legal, endpoint: { toString: 'x' } }),
      'too much': json({ ...legal, endpoint: 'x'.repeat(MAX_USER_DATA_BYTES) }),
      'deep nesting': Buffer.from('['.repeat(MAX_USER_DATA_BYTES)),
    };
    for (const [what, bytes] of Object.entries(hostile)) expect(decodeUserData(bytes), what).to.equal(null);
  });

  it('never throws on damaged bytes', () => {
    const bytes = encodeUserData(data);
    for (let seed = 1; seed <= 500; seed++) {
      const random = randomFrom(seed);
      const damaged = Buffer.from(bytes);
      for (let times = random(4); times >= 0; times--) damaged[random(damaged.length)] = random(256);
      const back = decodeUserData(damaged.subarray(0, 1 + random(damaged.length)));
      for (const { partition } of back?.held ?? []) expect(partition).to.be.at.least(0);
    }
  });
});
