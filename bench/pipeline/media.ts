/**
 * Films and recordings made of the samples. Each round gets the same media under other bytes (a comment in the container),
 * since Millrace does not process the same content twice; the streams in them, and so the work, are the same.
 */
import { execFile } from 'node:child_process';
import { mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const SAMPLES = fileURLToPath(new URL('../../samples/media/', import.meta.url));
export const FILM_SECONDS = 40;
export const SOUND_SECONDS = 30;
/** Shorter ones, of another cut, that load every model before time is taken. */
const WARM_UP_SECONDS = 6;

/** Other pictures and other cuts, at the sizes of the samples and of 720p with grain, which decodes as a camera's picture does. */
const FILMS = [
  { sample: 'a-day-out.mp4', fromSeconds: 0, picture: 'fps=24', tempo: 1 },
  { sample: 'concert.mp4', fromSeconds: 0, picture: 'scale=1280:720,fps=24,noise=alls=5:allf=t', tempo: 1 },
  { sample: 'a-day-out.mp4', fromSeconds: 15, picture: 'hflip,fps=24', tempo: 1.1 },
  { sample: 'concert.mp4', fromSeconds: 4, picture: 'crop=480:270,scale=640:360,fps=25', tempo: 0.9 },
  { sample: 'a-day-out.mp4', fromSeconds: 30, picture: 'crop=560:315,scale=1280:720,fps=25,noise=alls=5:allf=t', tempo: 0.95 },
  { sample: 'concert.mp4', fromSeconds: 9, picture: 'hue=h=60,fps=30', tempo: 1.05 },
] as const;

const SOUNDS = [
  { samples: ['amiable.flac', 'dashwood.flac'], name: 'one.flac', tempo: 1 },
  { samples: ['respectable.ogg', 'cold-hearted.mp3'], name: 'two.mp3', tempo: 0.95 },
  { samples: ['dashwood.flac', 'cold-hearted.mp3'], name: 'three.ogg', tempo: 1.05 },
  { samples: ['amiable.flac', 'respectable.ogg'], name: 'four.m4a', tempo: 0.9 },
] as const;

export interface MediaPlan {
  readonly films: number;
  readonly sounds: number;
}

export const WHOLE: MediaPlan = { films: FILMS.length, sounds: SOUNDS.length };

const ffmpeg = async (...args: string[]): Promise<void> => {
  await promisify(execFile)('ffmpeg', ['-v', 'error', '-nostdin', '-y', ...args]);
};

/** @returns the seconds that all of it plays */
export async function composeMedia(folder: string, { films, sounds }: MediaPlan): Promise<number> {
  await mkdir(folder, { recursive: true });
  for (const [number, film] of FILMS.slice(0, films).entries()) await composeFilm(film, FILM_SECONDS, path.join(folder, `film-${number}.mp4`));
  for (const sound of SOUNDS.slice(0, sounds)) await composeSound(sound, SOUND_SECONDS, path.join(folder, sound.name));
  return Math.min(films, FILMS.length) * FILM_SECONDS + Math.min(sounds, SOUNDS.length) * SOUND_SECONDS;
}

/** One of each kind for each worker that may hold a model. */
export async function composeWarmUp(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [number, film] of FILMS.slice(0, 4).entries()) await composeFilm(film, WARM_UP_SECONDS, path.join(folder, `film-${number}.mp4`));
  for (const sound of SOUNDS) await composeSound(sound, WARM_UP_SECONDS, path.join(folder, sound.name));
}

/** The same streams in other bytes. */
export async function disguise(from: string, to: string, comment: string): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const name of await readdir(from)) await ffmpeg('-i', path.join(from, name), '-map', '0', '-c', 'copy', '-metadata', `comment=${comment}`, path.join(to, name));
}

async function composeFilm({ sample, fromSeconds, picture, tempo }: (typeof FILMS)[number], seconds: number, to: string): Promise<void> {
  await ffmpeg(
    '-stream_loop', '-1', '-ss', String(fromSeconds), '-i', path.join(SAMPLES, 'video', sample), '-map', '0:v:0', '-map', '0:a:0', '-t', String(seconds),
    '-vf', `setpts=PTS/${tempo},${picture},setsar=1`, '-af', `atempo=${tempo}`, '-c:v', 'libx264', '-preset', 'veryfast', '-crf', '24', '-pix_fmt', 'yuv420p', '-c:a', 'aac', '-b:a', '128k', to,
  );
}

async function composeSound({ samples, tempo }: (typeof SOUNDS)[number], seconds: number, to: string): Promise<void> {
  // Enough of them in turn to fill the time.
  const inputs = Array.from({ length: 8 }, (_, number) => path.join(SAMPLES, 'speech', samples[number % samples.length] ?? ''));
  const chain = `${inputs.map((_, number) => `[${number}:a]aresample=16000[a${number}];`).join('')}${inputs.map((_, number) => `[a${number}]`).join('')}concat=n=${inputs.length}:v=0:a=1,atempo=${tempo}`;
  await ffmpeg(...inputs.flatMap((file) => ['-i', file]), '-filter_complex', chain, '-t', String(seconds), to);
}
