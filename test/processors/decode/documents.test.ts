import { expect } from 'chai';
import { markupOf, stripMarkup } from '../../../processors/decode/text/markup.ts';
import { joinCues, parseCues } from '../../../processors/decode/subtitles/index.ts';
import { admit, Workshop } from './support/media.ts';

describe('a document', () => {
  let shop: Workshop;
  before(async () => {
    shop = await Workshop.open();
  });
  after(() => shop.close());

  const decode = async (name: string, content: string | Uint8Array) => {
    const { segments } = await admit(await shop.write(name, content));
    return (await shop.decoder())(segments[0]!);
  };

  it('becomes passages with their places, each to be embedded', async () => {
    const document = Array.from({ length: 40 }, (_, index) => `Paragraph ${index} tells of the mill and its wheel, of the weir above it and the road that passes by.`).join('\n\n');
    const { textUnits, insights } = await decode('mill.txt', document);
    expect(textUnits.length).to.be.above(2);
    for (const { text, charStart, origin, startMs } of textUnits) {
      expect(document.slice(charStart!, charStart! + text.length)).to.equal(text);
      expect([origin, startMs]).to.deep.equal(['DOCUMENT', null]);
    }
    expect(textUnits.map(({ unitId }) => unitId)).to.deep.equal(textUnits.map((_, index) => `document:${index}`));
    expect(insights).to.have.length(1);
    expect(insights[0]).to.deep.include({ task: 'DECODE', status: 'OK', reason: null, startMs: null });
    expect(insights[0]!.spawned).to.deep.equal(textUnits.map(({ unitId }) => ({ unitId, tasks: ['TEXT_EMBEDDING'] })));
  });

  it('is read in its character set', async () => {
    const words = 'Größe, naïve café';
    for (const bytes of [Buffer.from(words), Buffer.from(`\ufeff${words}`), Buffer.from(`\ufeff${words}`, 'utf16le'), Buffer.from(`\ufeff${words}`, 'utf16le').swap16(), Buffer.from(words, 'latin1')]) {
      expect((await decode('words.txt', bytes)).textUnits.map(({ text }) => text)).to.deep.equal([words]);
    }
  });

  it('loses its markup and not its places', async () => {
    const html = '<!doctype html><html><head><title>The weir</title><style>p { color: red }</style><script>alert("<p>no</p>")</script></head>\n<body><!-- secret --><p>Fish &amp; chips,   1 &lt; 2&#33;</p><p>Second <b>bold</b> line</p></body></html>';
    const { textUnits } = await decode('page.html', html);
    expect(textUnits.map(({ text }) => text.replace(/\s+/g, ' '))).to.deep.equal(['The weir Fish & chips, 1 < 2! Second bold line']);
    expect(textUnits[0]!.charStart).to.equal(html.indexOf('The weir'));
    const markdown = stripMarkup('# Title\n\nSee [the *page*](http://example.org/x "y") and ![a cat](cat.png).\n\n- **one**\n> `two`\n', 'markdown');
    expect(markdown.text).to.equal('Title\n\nSee the *page* and a cat.\n\none\ntwo\n');
    expect(markupOf('a.MD', '')).to.equal('markdown');
  });

  it('of hostile markup ends within the time-out, and gives no more text than it had', () => {
    // By the square of the length it would be minutes; the time-out of the suite is the watchdog.
    for (const text of ['<'.repeat(2e5), '<a '.repeat(6e4), '<!--'.repeat(5e4), '<script>'.repeat(3e4), '&#'.repeat(1e5), ' '.repeat(2e5), '<p>'.repeat(6e4)]) {
      expect(stripMarkup(text, 'html').text.length).to.be.at.most(text.length);
    }
    for (const text of ['['.repeat(2e5), '[a]('.repeat(5e4), '#'.repeat(2e5), '**'.repeat(1e5), '![x]('.repeat(4e4), '`'.repeat(2e5)]) {
      expect(stripMarkup(text, 'markdown').text.length).to.be.at.most(text.length);
    }
    for (const [text, cues] of [['00:00:01,000 --> '.repeat(1e4), 0], ['<'.repeat(2e5), 0], ['1\n00:00:01,000 --> 00:00:02,000\nx\n\n'.repeat(6e3), 6e3]] as const) {
      expect(parseCues(text)).to.have.lengthOf(cues);
      expect(joinCues(parseCues(text)).length).to.be.at.most(cues);
    }
  });

  it('that is too long to be read whole says so', async () => {
    const { textUnits, insights } = await decode('long.txt', 'A sentence that says little. '.repeat(90_000));
    expect(textUnits).to.have.length(2000);
    expect(insights[0]!.reason).to.equal('Only the first 2000 passages of the document are searchable');
  });
});

describe('subtitles', () => {
  let shop: Workshop;
  before(async () => {
    shop = await Workshop.open();
  });
  after(() => shop.close());

  const SRT = '1\n00:00:01,000 --> 00:00:02,500\n<i>The mill</i> stands still.\n\n2\n00:00:03,000 --> 00:00:04,000\n{\\an8}The river does not.\n\n3\n00:00:20,000 --> 00:00:21,000\nLater.\n';
  const PASSAGES = [[1000, 4000, 'The mill stands still. The river does not.'], [20_000, 21_000, 'Later.']];

  it('in a file of their own are passages with times', async () => {
    for (const [name, content] of [['talk.srt', SRT], ['talk.vtt', `WEBVTT\n\n${SRT.replaceAll(',', '.')}`], ['dos.srt', SRT.replaceAll('\n', '\r\n')]] as const) {
      const { segments } = await admit(await shop.write(name, content));
      const { textUnits } = await (await shop.decoder())(segments[0]!);
      expect(textUnits.map(({ startMs, endMs, text }) => [startMs, endMs, text]), name).to.deep.equal(PASSAGES);
      expect(textUnits[0]).to.deep.include({ origin: 'SUBTITLE', unitId: 'subtitle:1000', charStart: null });
    }
  });

  it('in a container are read from each text stream, on the timeline of the source', async () => {
    const srt = await shop.write('in.srt', SRT);
    for (const [name, codec] of [['film.mkv', 'srt'], ['film.mp4', 'mov_text'], ['ass.mkv', 'ass']] as const) {
      const film = await shop.ffmpeg(name, '-f', 'lavfi', '-i', 'color=red:s=64x48:d=24', '-i', srt, '-map', '0:v', '-map', '1:s', '-map', '1:s', '-c:v', 'libx264', '-c:s', codec);
      const { segments } = await admit(film, { segmentMs: 10_000 });
      const decode = await shop.decoder();
      const { textUnits, insights } = await decode(segments[0]!);
      expect(textUnits.slice(0, 2).map(({ startMs, endMs, text }) => [startMs, endMs, text]), name).to.deep.equal(PASSAGES);
      expect(new Set(textUnits.map(({ unitId }) => unitId)).size).to.equal(4);
      expect(insights[0]!.spawned.filter(({ tasks }) => tasks[0] === 'TEXT_EMBEDDING')).to.have.length(4);
      expect((await decode(segments[1]!)).textUnits).to.deep.equal([]);
    }
  });

  it('that are broken lose their broken cues only', () => {
    expect(parseCues('garbage\n\n00:00:05,000 --> 00:00:04,000\nbackwards\n\n00:99\n\n7\n01:02.5 --> 01:03.25\nshort form\n').map(({ startMs, endMs, text }) => [startMs, endMs, text])).to.deep.equal([[62_500, 63_250, 'short form']]);
  });
});
