import { expect } from 'chai';
import { MillraceError } from '../../../../connectors/ports/index.ts';
import { task, withRig } from './rig.ts';
import { until } from './support.ts';

describe('assignments of a group member', () => {
  it('retain what is assigned again to the same member, and name as lost what is gone', () => withRig(async (rig) => {
    const group = await rig.joined([0, 1, 2]);
    rig.script.membership.options.onRebalancing();
    rig.script.membership.assign('m1', 1, 2, 3);
    await until(() => rig.told.length === 2);
    expect(rig.told).to.deep.equal([{ tasks: [0, 1, 2], lost: [] }, { tasks: [1, 2, 3], lost: [0] }]);
    expect([0, 3].map((partition) => group.isOwned(task(partition)))).to.deep.equal([false, true]);
    await group.leave();
  }));

  it('name everything as lost when the member has got another id', () => withRig(async (rig) => {
    const group = await rig.joined([0, 1]);
    rig.script.membership.assign('m2', 0, 1);
    await until(() => rig.told.length === 2);
    expect(rig.told[1]).to.deep.equal({ tasks: [0, 1], lost: [0, 1] });
    await group.leave();
  }));

  it('name everything as lost after a rebalance whose outcome was missed, where only the generation fences', () => withRig(async (rig) => {
    for (const [guarantee, lost] of [['at_least_once', [0, 1]], ['exactly_once', []]] as const) {
      const group = await rig.joined([0, 1], { guarantee });
      const { options } = rig.script.membership;
      options.userData();
      rig.script.membership.assign('m1', 0, 1);
      await until(() => rig.told.length === 2);
      expect(rig.told[1], 'one join, one assignment').to.deep.equal({ tasks: [0, 1], lost: [] });
      options.userData();
      options.userData();
      rig.script.membership.assign('m1', 0, 1);
      await until(() => rig.told.length === 3);
      expect(rig.told[2], guarantee).to.deep.equal({ tasks: [0, 1], lost });
      rig.told.length = 0;
      await group.leave();
    }
  }));

  it('are handled one at a time; of those that come meanwhile only the newest counts, and their losses add up', () => withRig(async (rig) => {
    const group = await rig.joined([0, 1, 2]);
    let handling = 0;
    let release: () => void = () => undefined;
    rig.handle = async () => {
      handling += 1;
      expect(handling).to.equal(1);
      await new Promise<void>((resolve) => { release = resolve; });
      handling -= 1;
    };
    rig.script.membership.assign('m1', 0, 1, 2);
    await until(() => handling === 1);
    rig.script.membership.assign('m1', 1);
    rig.script.membership.assign('m1', 0, 1, 3);
    rig.script.membership.assign('m1', 0, 1, 2);
    expect(group.isOwned(task(2)), 'known before it is handled').to.be.true;
    release();
    await until(() => rig.told.length === 3 && handling === 1);
    release();
    await until(() => handling === 0);
    expect(rig.told[2]).to.deep.equal({ tasks: [0, 1, 2], lost: [0, 2, 3] });
    rig.handle = async () => undefined;
    rig.script.membership.assign('m1', 0, 1, 2);
    await until(() => rig.told.length === 4);
    expect(rig.told[3], 'a loss is told once').to.deep.equal({ tasks: [0, 1, 2], lost: [] });
    await group.leave();
  }));

  it('are lost when the client gives up; the member joins anew until it is in', () => withRig(async (rig) => {
    const group = await rig.joined([0, 1]);
    const first = rig.script.membership;
    const refuse = (): void => { throw new MillraceError('MILL_KAFKA_UNAVAILABLE', 'no broker'); };
    rig.script.onJoin.push(refuse, refuse, refuse, (membership) => {
      membership.assign('m1', 1);
    });
    first.options.onFailed(new Error('the client has crashed'));
    expect(group.isOwned(task(0))).to.be.false;
    await until(() => rig.told.length === 3);
    expect(rig.told.slice(1)).to.deep.equal([{ tasks: [], lost: [0, 1] }, { tasks: [1], lost: [] }]);
    expect(rig.script.joins).to.equal(5);
    expect(first.left).to.be.true;
    first.assign('m1', 5);
    first.options.onFailed(new Error('again'));
    expect(group.isOwned(task(5)), 'of a membership that is over').to.be.false;
    expect(group.isOwned(task(1))).to.be.true;
    await group.leave();
  }));

  it('come no more after the member has left, also while it was about to join anew', () => withRig(async (rig) => {
    const group = await rig.joined([0]);
    let enter: () => void = () => undefined;
    rig.script.onJoin.push(() => new Promise((resolve) => { enter = resolve; }));
    rig.script.membership.options.onFailed(new Error('the client has crashed'));
    await until(() => rig.script.joins === 2);
    await group.leave();
    enter();
    await until(() => rig.script.memberships.length === 2);
    rig.script.membership.assign('m2', 0);
    await until(() => rig.script.membership.left);
    expect(rig.told).to.deep.equal([{ tasks: [0], lost: [] }, { tasks: [], lost: [0] }]);
    expect(group.isOwned(task(0))).to.be.false;
  }));

  it('that the engine does not take at first fail the join, and the member leaves', () => withRig(async (rig) => {
    rig.handle = () => Promise.reject(new MillraceError('MILL_DISK_FULL', 'full'));
    const error = await rig.joined([0]).catch((reason: unknown) => reason);
    expect(error).to.have.property('code', 'MILL_DISK_FULL');
    await until(() => rig.script.membership.left);
  }));

  it('a group that cannot be joined at first is an error', () => withRig(async (rig) => {
    rig.script.onJoin.push(() => { throw new MillraceError('MILL_KAFKA_AUTH', 'who are you'); });
    expect(await rig.join().catch((reason: unknown) => reason)).to.have.property('code', 'MILL_KAFKA_AUTH');
    expect(await rig.join({ subtopology: { sources: ['in', 'other'] } }).catch((reason: unknown) => reason)).to.have.property('code', 'MILL_TOPIC_MISMATCH');
    expect(rig.script.joins).to.equal(1);
    expect(rig.told).to.be.empty;
  }));
});
