/**
 * Measures how much of the samples the pipeline understands, against truth that was written by hand from how the media
 * were made. Runs the stages themselves on the installed models; exits 1 when a measure misses its floor.
 *
 *     npm run eval
 */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openFileBlobStore } from '../../connectors/embedded/index.ts';
import { resolvePaths } from '../../ops/paths.ts';
import { openModelHost, TASK_NAMES, type ModelHost } from '../../processors/inference/index.ts';
import { onScreenText, phraseTimes, reached, shotBoundaries, textToFrame, wordErrorRate, type Findings } from './measures.ts';
import { renderReport } from './report.ts';
import { readTruth } from './truth.ts';
import { createUnderstanding, type Understanding } from './understand.ts';

const SAMPLES = new URL('../../samples/', import.meta.url);
const FOLDERS = ['video', 'photos', 'speech'];

async function understandAll(models: ModelHost, blobDirectory: string): Promise<Findings> {
  const understand = createUnderstanding({ blobs: await openFileBlobStore({ directory: blobDirectory }), models });
  const findings = new Map<string, Understanding>();
  for (const folder of FOLDERS) {
    const path = fileURLToPath(new URL(`media/${folder}/`, SAMPLES));
    for (const name of (await readdir(path)).sort()) {
      process.stderr.write(`${folder}/${name}\n`);
      findings.set(name, await understand(join(path, name)));
    }
  }
  return findings;
}

async function evaluate(models: ModelHost, blobDirectory: string): Promise<boolean> {
  const missing = TASK_NAMES.filter((task) => models.describe(task) === undefined);
  if (missing.length > 0) throw new Error(`${missing.map((task) => models.missingReason(task)).join('; ')}. Run: ./millrace models fetch`);
  const truth = readTruth(new URL('truth/', SAMPLES));
  const findings = await understandAll(models, blobDirectory);
  const measures = [
    shotBoundaries(findings, truth),
    wordErrorRate(findings, truth),
    phraseTimes(findings, truth),
    onScreenText(findings, truth),
    ...await textToFrame(findings, truth, models),
  ];
  process.stdout.write(`${renderReport(measures)}\n`);
  return measures.every(reached);
}

const blobDirectory = await mkdtemp(join(tmpdir(), 'millrace-eval-'));
const models = await openModelHost({ modelsDirectory: join(resolvePaths().cache, 'models'), log: (line) => process.stderr.write(`${line}\n`) });
try {
  process.exitCode = await evaluate(models, blobDirectory) ? 0 : 1;
} finally {
  await models.close();
  await rm(blobDirectory, { recursive: true });
}
