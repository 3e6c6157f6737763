/** What is compared: bare ffmpeg, and other ways to get the same frames. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const ffmpeg = async (...args: string[]): Promise<void> => {
  await promisify(execFile)('ffmpeg', ['-v', 'error', '-nostdin', '-y', ...args]);
};

/** One minute at 1280 x 720 with grain, so that it decodes as a camera's picture does. */
export async function composeClip(sample: string, clip: string): Promise<void> {
  await ffmpeg('-stream_loop', '5', '-i', sample, '-t', '60', '-vf', 'scale=1280:720,setsar=1,fps=24,noise=alls=5:allf=t', '-c:v', 'libx264', '-preset', 'veryfast', '-crf', '26', '-pix_fmt', 'yuv420p', '-c:a', 'aac', '-b:a', '128k', clip);
}

export const bareDecode = (clip: string): Promise<void> => ffmpeg('-i', clip, '-f', 'null', '-');

const SMALL = ['-map', '0:v:0', '-vf', 'scale=48:27:flags=area,format=rgb24', '-f', 'rawvideo'];
const SOUND = ['-map', '0:a:0', '-ac', '1', '-ar', '16000', '-f', 's16le'];
const JPEG = ['-c:v', 'mjpeg', '-q:v', '3', '-f', 'mjpeg'];

/** The same outputs as a person would write them down: one process, to files. */
export const sameOutputs = (clip: string, folder: string): Promise<void> => ffmpeg(
  '-i', clip, ...SMALL, join(folder, 'small.rgb'), '-map', '0:v:0', '-vf', 'fps=2,format=yuvj420p', ...JPEG, join(folder, 'frames.mjpg'), ...SOUND, join(folder, 'sound.pcm'),
);

/** The other strategy: small frames first; when shots are known, seek to the middle of each. */
export async function secondPass(clip: string, folder: string, middlesMs: readonly number[]): Promise<void> {
  await ffmpeg('-i', clip, ...SMALL, join(folder, 'small.rgb'), ...SOUND, join(folder, 'sound.pcm'));
  for (const [index, ms] of middlesMs.entries()) await ffmpeg('-ss', (ms / 1000).toFixed(3), '-i', clip, '-map', '0:v:0', '-frames:v', '1', '-vf', 'format=yuvj420p', ...JPEG, join(folder, `frame-${index}.jpg`));
}
