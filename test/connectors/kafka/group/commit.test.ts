import { expect } from 'chai';
import { MillraceError } from '../../../../connectors/ports/index.ts';
import { at, withRig } from './rig.ts';
import { until } from './support.ts';

const rebalancing = (): MillraceError => new MillraceError('MILL_REBALANCING', 'wait');
const codeOf = (commit: Promise<void>): Promise<unknown> => commit.then(() => 'committed', (error: unknown) => (error instanceof MillraceError ? error.code : error));

describe('commit as a group member', () => {
  it('goes to the group', () => withRig(async (rig) => {
    const group = await rig.joined([0, 1]);
    await group.commit(at(1, 7));
    expect(rig.script.membership.committed).to.deep.equal([at(1, 7)]);
    await group.leave();
  }));

  it('is tried again through a rebalance after which the task is still here', () => withRig(async (rig) => {
    const group = await rig.joined([0, 1]);
    const { membership } = rig.script;
    membership.answers.push(rebalancing(), rebalancing(), rebalancing());
    const commit = codeOf(group.commit(at(1)));
    await until(() => membership.answers.length === 2);
    membership.assign('m1', 1);
    expect(await commit).to.equal('committed');
    expect(membership.committed).to.have.length(1);
    await group.leave();
  }));

  it('is tried again when the rebalance brings no assignment that is new', () => withRig(async (rig) => {
    const group = await rig.joined([0], { options: { heartbeatIntervalMs: 1 } });
    rig.script.membership.answers.push(rebalancing(), rebalancing());
    expect(await codeOf(group.commit(at(0)))).to.equal('committed');
    await group.leave();
  }));

  it('is fenced when the task moves, and when it comes back after a break', () => withRig(async (rig) => {
    const group = await rig.joined([0, 1], { options: { heartbeatIntervalMs: 60_000 } });
    const { membership } = rig.script;
    let release: () => void = () => undefined;
    rig.handle = () => new Promise((resolve) => { release = resolve; });
    membership.answers.push(rebalancing());
    const moved = codeOf(group.commit(at(1)));
    await until(() => membership.answers.length === 0);
    membership.assign('m1', 0);
    expect(await moved, 'while the assignment is still being handled').to.equal('MILL_FENCED');

    membership.answers.push(rebalancing());
    const interrupted = codeOf(group.commit(at(0)));
    await until(() => membership.answers.length === 0);
    membership.assign('m2', 0);
    expect(await interrupted).to.equal('MILL_FENCED');
    expect(membership.committed).to.be.empty;
    release();
    await group.leave();
  }));

  it('is not made in the name of a newer assignment that has taken the task away', () => withRig(async (rig) => {
    const group = await rig.joined([0, 1]);
    const commit = codeOf(group.commit(at(1)));
    rig.script.membership.assign('m1', 0);
    expect(await commit).to.equal('MILL_FENCED');
    expect(rig.script.membership.committed).to.be.empty;
    await group.leave();
  }));

  it('of a task that is not here is fenced without asking the group', () => withRig(async (rig) => {
    const group = await rig.joined([0]);
    expect(await codeOf(group.commit(new Map([...at(0), ...at(1)])))).to.equal('MILL_FENCED');
    expect(await codeOf(group.commit(new Map([['unknown/0', 1]])))).to.equal('MILL_FENCED');
    rig.script.onJoin.push(() => new Promise(() => undefined));
    rig.script.membership.options.onFailed(new Error('the client has crashed'));
    expect(await codeOf(group.commit(at(0)))).to.equal('MILL_FENCED');
    expect(rig.script.memberships[0]?.committed).to.be.empty;
    await group.leave();
  }));

  it('that waits for a rebalance ends when the member leaves', () => withRig(async (rig) => {
    const group = await rig.joined([0], { options: { heartbeatIntervalMs: 60_000 } });
    rig.script.membership.answers.push(rebalancing());
    const commit = codeOf(group.commit(at(0)));
    await until(() => rig.script.membership.answers.length === 0);
    await group.leave();
    expect(await commit).to.equal('MILL_FENCED');
  }));

  it('does not wait for an assignment that came while the group refused', () => withRig(async (rig) => {
    const group = await rig.joined([0], { options: { heartbeatIntervalMs: 60_000 } });
    const { membership } = rig.script;
    membership.answers.push(() => {
      membership.assign('m1', 0);
      throw rebalancing();
    });
    expect(await codeOf(group.commit(at(0)))).to.equal('committed');
    await group.leave();
  }));

  it('passes other errors on', () => withRig(async (rig) => {
    const group = await rig.joined([0]);
    rig.script.membership.answers.push(new MillraceError('MILL_KAFKA_UNAVAILABLE', 'no broker'));
    expect(await codeOf(group.commit(at(0)))).to.equal('MILL_KAFKA_UNAVAILABLE');
    await group.leave();
  }));
});
