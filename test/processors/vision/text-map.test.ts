import { expect } from 'chai';
import { textBoxes } from '../../../processors/vision/text-map.ts';

const WIDTH = 100;
const HEIGHT = 60;

/** A map with filled rectangles [left, top, right, bottom, probability]. */
function mapWith(...rectangles: [number, number, number, number, number][]): Float32Array {
  const map = new Float32Array(WIDTH * HEIGHT);
  for (const [left, top, right, bottom, probability] of rectangles) {
    for (let y = top; y < bottom; y += 1) map.fill(probability, y * WIDTH + left, y * WIDTH + right);
  }
  return map;
}

const boxesOf = (map: Float32Array) => textBoxes(map, WIDTH, HEIGHT);

describe('boxes from a text map', () => {
  it('grow by area times 1.6 over perimeter', () => {
    const [box, ...others] = boxesOf(mapWith([20, 20, 60, 30, 0.9]));
    expect(others).to.be.empty;
    expect(box).to.deep.equal({ left: 20 - 6.4, top: 20 - 6.4, right: 60 + 6.4, bottom: 30 + 6.4 });
  });

  it('stay inside the map', () => {
    expect(boxesOf(mapWith([0, 0, 100, 6, 0.9]))[0]).to.include({ left: 0, top: 0, right: 100 });
  });

  it('are one for each connected group', () => {
    expect(boxesOf(mapWith([10, 10, 30, 16, 0.9], [50, 10, 70, 16, 0.9], [10, 40, 70, 46, 0.9]))).to.have.length(3);
    expect(boxesOf(mapWith([10, 10, 30, 16, 0.9], [29, 15, 70, 22, 0.9]))).to.have.length(1);
  });

  it('leave out specks, hairlines and faint marks', () => {
    expect(boxesOf(mapWith([10, 10, 13, 13, 0.9]))).to.be.empty;
    expect(boxesOf(mapWith([10, 10, 60, 12, 0.9]))).to.be.empty;
    expect(boxesOf(mapWith([10, 10, 60, 20, 0.4]))).to.be.empty;
    expect(boxesOf(mapWith())).to.be.empty;
  });

  it('do not run over the right border into the next row', () => {
    expect(boxesOf(mapWith([90, 10, 100, 16, 0.9], [0, 11, 10, 17, 0.9]))).to.have.length(2);
  });
});
