/** The truth about the samples, as written by hand in samples/truth. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';

const shotSchema = z.strictObject({
  /** Frames, [start, end). */
  start: z.int(),
  end: z.int(),
  text: z.array(z.string()),
  caption: z.string().nullable(),
});
const filmsSchema = z.strictObject({
  about: z.string(),
  films: z.record(z.string(), z.strictObject({ frameRate: z.number(), shots: z.array(shotSchema) })),
});
const speechSchema = z.strictObject({
  about: z.string(),
  files: z.record(z.string(), z.array(z.strictObject({ startMs: z.int(), endMs: z.int(), text: z.string() }))),
});
const photosSchema = z.strictObject({ about: z.string(), captions: z.record(z.string(), z.string()) });

export interface TrueShot {
  readonly startMs: number;
  readonly endMs: number;
  readonly text: readonly string[];
  readonly caption: string | null;
}

export interface TrueFilm {
  readonly frameMs: number;
  readonly shots: readonly TrueShot[];
}

export interface Utterance {
  readonly startMs: number;
  readonly endMs: number;
  readonly text: string;
}

export interface Truth {
  readonly films: ReadonlyMap<string, TrueFilm>;
  readonly speech: ReadonlyMap<string, readonly Utterance[]>;
  readonly captions: ReadonlyMap<string, string>;
}

export function readTruth(folder: URL): Truth {
  const read = <T>(name: string, schema: z.ZodType<T>): T => schema.parse(JSON.parse(readFileSync(new URL(name, folder), 'utf8')));
  const films = Object.entries(read('films.json', filmsSchema).films).map(([name, { frameRate, shots }]): [string, TrueFilm] => {
    const frameMs = 1000 / frameRate;
    return [name, { frameMs, shots: shots.map(({ start, end, ...rest }) => ({ startMs: start * frameMs, endMs: end * frameMs, ...rest })) }];
  });
  return {
    films: new Map(films),
    speech: new Map(Object.entries(read('speech.json', speechSchema).files)),
    captions: new Map(Object.entries(read('photos.json', photosSchema).captions)),
  };
}
