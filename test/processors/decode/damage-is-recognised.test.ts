import { expect } from 'chai';
import { damageOf } from '../../../processors/decode/damage.ts';

const report = (exitCode: number, ...errors: string[]): Parameters<typeof damageOf>[0] => ({ exitCode, errors, errorCount: errors.length, wallMs: 1 });

describe('damage in what ffmpeg says', () => {
  it('is the most telling line, not the first', () => {
    const lines = ['[h264] Reference 4 >= 4', '[h264] error while decoding MB 9 4, bytestream 1012', '[mov] File ended prematurely'];
    expect(damageOf(report(0, ...lines), 'video')).to.equal(lines[2]);
    expect(damageOf(report(0, ...lines.slice(0, 2)), 'video')).to.equal(lines[1]);
  });

  it('is a container that skips over a broken stretch, though every frame that is left decodes', () => {
    const lines = ['[matroska,webm] Invalid track number 84', '[matroska,webm] Element at 0x2e501 ending at 0x1c2eca exceeds containing master element ending at 0x39f19'];
    for (const type of ['video', 'audio'] as const) for (const line of lines) expect(damageOf(report(0, line), type)).to.equal(line);
  });

  it('is none where ffmpeg ends well and complains of nothing that is lost', () => {
    expect(damageOf(report(0), 'video')).to.equal(null);
    expect(damageOf(report(0, '[h264] Reference 4 >= 4'), 'video')).to.equal(null);
    expect(damageOf(report(0, '[aac] error while decoding'), 'audio')).to.equal(null);
  });

  it('is an exit code, unless ffmpeg says that a stretch holds nothing of the stream', () => {
    expect(damageOf(report(1), 'video')).to.equal('ffmpeg ended with code 1');
    expect(damageOf(report(1, 'Cannot determine format of input stream 0:0 after EOF'), 'audio')).to.equal(null);
  });
});
