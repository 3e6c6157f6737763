/**
 * The decode stage on one segment of 60 s at 720p against bare ffmpeg decoding the same clip to nothing. Ours also
 * verifies the source, makes the small frames for the shot model, JPEG candidates, cuts (by difference: the model is
 * measured by bench/inference) and 16 kHz sound, and stores key frames and sound. Method and figures: README.md.
 *
 *   node --import tsx bench/decode/main.ts [--rounds N]
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { openFileBlobStore } from '../../connectors/embedded/index.ts';
import { admitContent, hashSource } from '../../processors/admission/index.ts';
import { createDecoder } from '../../processors/decode/index.ts';
import { openModelHost } from '../../processors/inference/index.ts';
import { median, roundsFromArgs, runBenchmark } from '../harness.ts';
import { costOf } from './cpu-time.ts';
import type { Cost } from './cpu-time.ts';
import { bareDecode, composeClip, sameOutputs, secondPass } from './peers.ts';

const rounds = roundsFromArgs();
const directory = await mkdtemp(join(tmpdir(), 'millrace-bench-'));
const note = (line: string): void => void process.stderr.write(`${line}\n`);
try {
  const clip = join(directory, 'clip.mp4');
  await composeClip(fileURLToPath(new URL('../../samples/media/video/concert.mp4', import.meta.url)), clip);
  const sourceUri = pathToFileURL(clip).href;
  const { contentHash, sizeBytes, sourceIdentity } = await hashSource(sourceUri);
  const claim = { action: 'CLAIM', assetId: 'clip', revision: 1, library: 'bench', priority: 'LIVE', contentHash, sourceUri, fileName: 'clip.mp4', sizeBytes, submittedAtMs: 0, attributes: {}, sourceIdentity } as const;
  const [segment] = (await admitContent(claim)).segments;
  if (segment === undefined) throw new Error('the clip was not admitted');
  const blobs = await openFileBlobStore({ directory: join(directory, 'blobs') });
  const models = await openModelHost({ modelsDirectory: join(directory, 'no-models'), workers: 1 });

  // A new decoder each time: the hash of the source and its probe are part of the cost.
  const decode = () => createDecoder({ blobs, models })(segment);
  const { frames } = await decode();
  const middles = frames.map(({ timeMs }) => timeMs ?? 0);
  note(`${frames.length} key frames of ${segment.durationMs ?? 0} ms`);

  const wall = new Map<string, number[]>();
  const measured = (name: string, work: () => Promise<unknown>) => async (): Promise<number> => {
    const cost: Cost = await costOf(work);
    wall.set(name, [...wall.get(name) ?? [], cost.wallMs]);
    return cost.cpuMs;
  };
  await runBenchmark({ name: 'decode-same-outputs-60s-720p', unit: 'CPU ms', rounds, ours: measured('ours', decode), peer: measured('ffmpeg, same outputs to files', () => sameOutputs(clip, directory)) });
  await runBenchmark({ name: 'decode-second-pass-60s-720p', unit: 'CPU ms', rounds, ours: measured('ours', decode), peer: measured('ffmpeg, second pass that seeks', () => secondPass(clip, directory, middles)) });
  await runBenchmark({ name: 'decode-60s-720p', unit: 'CPU ms', rounds, ours: measured('ours', decode), peer: measured('ffmpeg -f null', () => bareDecode(clip)) });
  for (const [name, times] of wall) note(`${name}: ${Math.round(median(times))} ms of wall time`);
  await models.close();
} finally {
  await rm(directory, { recursive: true, force: true });
}
