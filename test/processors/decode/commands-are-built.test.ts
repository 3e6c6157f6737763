import { expect } from 'chai';
import { compileMediaLimits } from '../../../processors/decode/index.ts';
import { commandArguments, seconds } from '../../../processors/decode/ffmpeg/command.ts';

describe('the command line that fluent-ffmpeg writes', () => {
  it('guards each input, and keeps options and filters whole and in order', () => {
    const limits = compileMediaLimits({ maxStreams: 7, maxVideoPixels: 100, maxImagePixels: 50 });
    const args = commandArguments({
      inputs: [{ formats: ['mov', 'avi'], fromMs: 1500, lengthMs: 61_000, options: ['-an'] }, { formats: ['mp3'], fromMs: 0 }],
      outputs: [
        { map: '0:V:0', sink: 0, videoFilter: "select='gte(t,1)',scale=48:27", options: ['-f', 'rawvideo'] },
        { map: '1:a:0', sink: 2, audioFilter: 'aresample=async=1', options: ['-f', 's16le', '-metadata', 'title=two words'] },
      ],
    }, limits, { type: 'descriptor', fd: 9 });
    expect(args.slice(args.indexOf('-protocol_whitelist'))).to.deep.equal([
      '-protocol_whitelist', 'file,pipe', '-format_whitelist', 'mov,avi', '-max_streams', '7', '-max_pixels', '100', '-ss', '1.500', '-t', '61.000', '-an', '-i', 'file:/dev/fd/3',
      '-protocol_whitelist', 'file,pipe', '-format_whitelist', 'mp3', '-max_streams', '7', '-max_pixels', '100', '-i', 'file:/dev/fd/3',
      '-filter:v', "select='gte(t,1)',scale=48:27", '-map', '0:V:0', '-f', 'rawvideo', 'pipe:1',
      '-filter:a', 'aresample=async=1', '-map', '1:a:0', '-f', 's16le', '-metadata', 'title=two words', 'pipe:5',
    ]);
    expect(args.slice(0, 4)).to.deep.equal(['-hide_banner', '-nostdin', '-v', 'error']);
  });

  it('lets a source behind an address be read by its address, and no file at all', () => {
    const url = 'http://127.0.0.1:4711/secret';
    const args = commandArguments({ inputs: [{ formats: ['mov'] }], outputs: [{ map: '0:a:0', sink: 0, options: ['-f', 's16le'] }] }, compileMediaLimits(), { type: 'address', url, failed: new AbortController().signal });
    expect(args.slice(args.indexOf('-protocol_whitelist'), args.indexOf('-format_whitelist'))).to.deep.equal(['-protocol_whitelist', 'http,tcp']);
    expect(args.filter((_, index) => args[index - 1] === '-i')).to.deep.equal([url]);
    expect(args.join(' ')).to.not.include('file:');
  });

  it('writes times out in full', () => {
    expect([seconds(0), seconds(1), seconds(86_400_000), seconds(1e12)]).to.deep.equal(['0.000', '0.001', '86400.000', '1000000000.000']);
  });
});
