import { expect } from 'chai';
import { placeTasks } from '../../../processors/inference/placement.ts';

const task = (name: string, cpuMsPerMediaSecond: number, memoryMb: number) => ({ task: name, cpuMsPerMediaSecond, memoryMb });
const video = [task('text', 5, 150), task('shots', 250, 230), task('ocr', 60, 120), task('speech', 20, 200)];

describe('placement of tasks on workers', () => {
  it('keeps the heaviest task apart from the others', () => {
    const homes = placeTasks(video, 2, 700);
    expect(homes.get('shots')).to.deep.equal([0]);
    expect(['ocr', 'speech', 'text'].map((name) => homes.get(name))).to.deep.equal([[1], [1], [1]]);
  });

  it('buys second homes with what is left of the memory budget, dearest task first', () => {
    const homes = placeTasks(video, 2, 700 + 240);
    expect(homes.get('shots')).to.deep.equal([0, 1]);
    expect(homes.get('ocr')).to.deep.equal([1]);
  });

  it('goes on to third homes when all that can be bought have a second', () => {
    const homes = placeTasks(video, 3, 3 * 700);
    expect([...homes.values()].every((workers) => new Set(workers).size === 3)).to.equal(true);
    expect([...placeTasks(video, 3, 2 * 700 + 230).values()].map((workers) => workers.length)).to.deep.equal([3, 2, 2, 2]);
  });

  it('gives every task a home whatever the budget, and never two on one worker', () => {
    expect([...placeTasks(video, 2, 0).values()].every((homes) => homes.length === 1)).to.equal(true);
    expect([...placeTasks(video, 1, 10_000).values()]).to.deep.equal([[0], [0], [0], [0]]);
  });

  it('does not depend on the order in which tasks are named', () => {
    expect(placeTasks([...video].reverse(), 2, 1000)).to.deep.equal(placeTasks(video, 2, 1000));
  });
});
