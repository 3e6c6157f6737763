import { expect } from 'chai';
import { styleText } from 'node:util';
import { clock, renderResponse, renderResult, timeRange, type RenderOptions, type SearchResult } from '../../../ops/search/index.ts';

const plain = { style: (_style: unknown, text: string): string => text, coloured: false };
const coloured = { style: (style: Parameters<typeof styleText>[0], text: string): string => styleText(style, text, { validateStream: false }), coloured: true };

const result = (changes: Partial<SearchResult> = {}): SearchResult => ({
  score: 0.0325,
  source: { assetId: 'a1', fileName: 'talk.mp4', sourceUri: 'file:///media/talk.mp4', mediaKind: 'VIDEO', library: 'default' },
  startMs: 72_000,
  endMs: 79_400,
  why: [
    { modality: 'speech', text: 'the dog runs along the river', highlights: [[4, 7], [23, 28]], similarity: 0.61, startMs: 72_000, endMs: 79_400 },
    { modality: 'frame', text: null, highlights: [], similarity: 0.342, startMs: 75_000, endMs: 75_000 },
  ],
  frame: { blobKey: 'aa/bb.jpg', path: '/data/blobs/aa/bb.jpg', url: null },
  alsoAt: [],
  ...changes,
});

describe('search results on a terminal', () => {
  it('name file, time, reasons, source and frame', () => {
    expect(renderResult(result(), 1, plain)).to.deep.equal([
      '1. talk.mp4  1:12-1:19  video  score 0.0325',
      '   speech    the *dog* runs along the *river*',
      '             similarity 0.61',
      '   frame     similarity 0.34',
      '   source    /media/talk.mp4',
      '   frame at  /data/blobs/aa/bb.jpg',
    ]);
  });

  it('write times as people read them', () => {
    expect(clock(0)).to.equal('0:00');
    expect(clock(59_999)).to.equal('0:59');
    expect(clock(3_725_000)).to.equal('1:02:05');
    expect(timeRange(5_000, 5_400)).to.equal('0:05');
    expect(timeRange(5_000, null)).to.equal('0:05');
    expect(timeRange(null, null)).to.equal('');
  });

  it('say so when there is nothing, and what took no part', () => {
    expect(renderResponse({ results: [], notices: ['no model\u001b[2J'] }, plain)).to.deep.equal(['! no model\\u001b[2J', '', 'Nothing was found.']);
  });

  it('show files below the working directory by their short path', () => {
    const shown = renderResult(result(), 1, { ...plain, workingDirectory: '/media' });
    expect(shown).to.include('   source    talk.mp4').and.include('   frame at  /data/blobs/aa/bb.jpg');
  });

  it('list where else the same bytes are', () => {
    const other = { assetId: 'a2', fileName: 'copy.mp4', sourceUri: 'file:///media/copy.mp4', mediaKind: 'VIDEO' as const, library: 'default' };
    expect(renderResult(result({ alsoAt: [other] }), 1, plain).at(-1)).to.equal('   also at   /media/copy.mp4');
  });

  const signed = `http://media.example:9000/blobs/${'a'.repeat(64)}/${'b'.repeat(64)}.jpg?X-Amz-Signature=${'c'.repeat(200)}`;
  const linked = (url: string, options: RenderOptions): string => renderResult(result({ frame: { blobKey: 'aa/bb.jpg', path: null, url } }), 1, options).at(-1) ?? '';

  it('name the whole link to a frame that is no file, so that a pipe can use it', () => {
    expect(linked(signed, plain)).to.equal(`   frame at  ${signed}`);
    expect(renderResult(result({ frame: { blobKey: 'aa/bb.jpg', path: null, url: null } }), 1, plain).at(-1)).to.equal('   frame at  aa/bb.jpg');
  });

  it('show a terminal the address of a link, within the columns, and let it follow the whole', () => {
    const parts = /^ {3}frame at {2}\u001b\]8;;(.*)\u001b\\(.*)\u001b\]8;;\u001b\\$/.exec(linked(signed, coloured));
    expect(parts?.[1]).to.equal(signed);
    expect(parts?.[2]).to.match(/^http:\/\/media\.example:9000\/blobs\/a+\.\.\.$/).and.have.length(67);
  });

  it('let no link end its sequence early', () => {
    expect(linked('http://x/\u001b\\\u0007?\u001b]8;;', coloured).match(/[\u0000-\u001f]/g)).to.have.length(4);
  });

  const HOSTILE = '\u001b[2J\u001b]0;owned\u0007\u0000\r\n\u009b31m\u202egnp.exe\u2028\u2066x\u007f';
  const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;

  it('let no control character of a file name, text, tag, address or path through', () => {
    const hostile = result({
      source: { assetId: HOSTILE, fileName: HOSTILE, sourceUri: `file:///${HOSTILE}`, mediaKind: 'VIDEO', library: HOSTILE },
      why: [{ modality: 'screen', text: `before ${HOSTILE} after`, highlights: [[7, 7 + HOSTILE.length]], similarity: null, startMs: 0, endMs: 1 }],
      frame: { blobKey: HOSTILE, path: `/x/${HOSTILE}`, url: null },
      alsoAt: [{ assetId: HOSTILE, fileName: HOSTILE, sourceUri: null, mediaKind: null, library: HOSTILE }],
    });
    const lines = renderResult(hostile, 1, plain);
    for (const line of lines) expect(line).to.not.match(CONTROLS);
    expect(lines.join('')).to.include('\\u001b[2J');
    // With colours, what is left after taking our own sequences away is as clean.
    for (const line of renderResult(hostile, 1, coloured)) expect(line.replaceAll(/\u001b\[\d+m/g, '')).to.not.match(CONTROLS);
  });

  it('mark matched words by colour where there is one, and by stars elsewhere', () => {
    const [, speech] = renderResult(result(), 1, coloured);
    expect(speech).to.include('\u001b[').and.to.not.include('*');
    expect(speech?.replaceAll(/\u001b\[\d+m/g, '')).to.equal('   speech    the dog runs along the river');
    expect(renderResult(result(), 1, plain).join('')).to.not.include('\u001b');
  });

  it('keep long passages and names within the columns, around the first match', () => {
    const text = `${'filler '.repeat(100)}needle ${'filler '.repeat(100)}`;
    const at = text.indexOf('needle');
    const lines = renderResult(result({
      source: { assetId: 'a', fileName: `${'n'.repeat(300)}.mp4`, sourceUri: null, mediaKind: 'VIDEO', library: 'default' },
      why: [{ modality: 'document', text, highlights: [[at, at + 6]], similarity: null, startMs: null, endMs: null }],
      frame: null,
    }), 12, plain);
    for (const line of lines) expect(line.length, line).to.be.at.most(84);
    expect(lines.length).to.be.at.most(4);
    expect(lines.join(' ')).to.include('*needle*');
  });

  it('count wide characters as two columns', () => {
    const text = '犬が走る '.repeat(60);
    const lines = renderResult(result({ why: [{ modality: 'screen', text, highlights: [], similarity: null, startMs: 0, endMs: 1 }], frame: null }), 1, plain);
    for (const line of lines.slice(1, 3)) expect(line.length + (line.match(/[\u3000-\u9fff]/g) ?? []).length).to.be.at.most(84);
  });
});
