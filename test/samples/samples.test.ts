import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect } from 'chai';
import { readTruth } from '../../bench/eval/truth.ts';

const SAMPLES = new URL('../../samples/', import.meta.url);
const files = readdirSync(SAMPLES, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
const media = files.filter((path) => path.includes('/media/'));
const namesIn = (folder: string): string[] => readdirSync(new URL(`media/${folder}/`, SAMPLES)).sort();
const digest = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');

interface Query {
  readonly kind: string;
  readonly query?: string;
  readonly image?: string;
  readonly expect: { readonly fileName: string; readonly startMs?: number; readonly endMs?: number };
}
const queries = JSON.parse(readFileSync(new URL('queries.json', SAMPLES), 'utf8')) as Query[];

describe('the samples', () => {
  it('are at most 15 MB: two films, 12 photographs, 4 speech clips and 3 documents', () => {
    expect(files.reduce((sum, path) => sum + statSync(path).size, 0)).to.be.at.most(15_000_000);
    expect(['video', 'photos', 'speech', 'documents'].map((folder) => namesIn(folder).length)).to.deep.equal([2, 12, 4, 3]);
  });

  it('are each attributed by name, or by folder where the whole folder has one origin', () => {
    const attribution = readFileSync(new URL('ATTRIBUTION.md', SAMPLES), 'utf8');
    const byName = [...namesIn('photos'), ...namesIn('video'), ...readdirSync(new URL('queries/', SAMPLES))];
    expect(byName.filter((name) => !attribution.includes(name))).to.deep.equal([]);
    expect(attribution).to.include('`media/speech`').and.to.include('`media/documents`');
  });

  it('have different bytes each, the pictures to search with included', () => {
    const all = [...media, ...files.filter((path) => path.includes('/queries/'))];
    expect(new Set(all.map(digest)).size).to.equal(all.length);
  });

  it('have a search of each kind, whose answer is a sample', () => {
    expect(queries.map(({ kind }) => kind).sort()).to.deep.equal(['document', 'frame', 'image', 'screen', 'speech']);
    const names = media.map((path) => basename(path));
    for (const { expect: { fileName } } of queries) expect(names).to.include(fileName);
    for (const { image } of queries) if (image !== undefined) expect(existsSync(new URL(image, SAMPLES))).to.equal(true);
  });
});

describe('the truth about the samples', () => {
  const truth = readTruth(new URL('truth/', SAMPLES));

  it('covers every photograph, film and speech clip', () => {
    expect([...truth.captions.keys()].sort()).to.deep.equal(namesIn('photos'));
    expect([...truth.films.keys()].sort()).to.deep.equal(namesIn('video'));
    expect([...truth.speech.keys()].sort()).to.deep.equal(['a-day-out.mp4', ...namesIn('speech')].sort());
  });

  it('has shots without gaps, to the last frame of the file', () => {
    for (const [name, { frameMs, shots }] of truth.films) {
      shots.slice(1).forEach(({ startMs }, index) => { expect(startMs).to.equal(shots[index]?.endMs); });
      const frames = execFileSync('ffprobe', ['-v', 'error', '-select_streams', 'v:0', '-show_entries', 'stream=nb_frames', '-of', 'csv=p=0', new URL(`media/video/${name}`, SAMPLES).pathname], { encoding: 'utf8' });
      expect(shots.at(-1)?.endMs).to.equal(Number(frames.replace(/\D/g, '')) * frameMs);
    }
  });

  it('has the times of the searches', () => {
    const ofKind = (kind: string) => queries.find((query) => query.kind === kind)?.expect;
    const [speech, screen] = [ofKind('speech'), ofKind('screen')];
    expect(truth.speech.get(speech?.fileName ?? '')?.filter(({ startMs, endMs }) => startMs >= (speech?.startMs ?? 0) && endMs <= (speech?.endMs ?? 0)).map(({ text }) => text).join(' ')).to.include('ask what you can do for your country');
    expect(truth.films.get(screen?.fileName ?? '')?.shots.find(({ startMs, endMs }) => startMs === screen?.startMs && endMs === screen.endMs)?.text).to.include('Trains to the coast');
  });
});
