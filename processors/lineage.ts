/**
 * Ids that make every effect idempotent. A lineage is a digest of a model, its parameters and the lineage of what it
 * read; an insight's id adds the asset, its revision, the unit and the task. The same input gives the same id, and two
 * generations of a model never overwrite each other.
 */
import { createHash } from 'node:crypto';

export interface LineageParts {
  /** Model digest, or a fixed name and version for steps without a model. */
  readonly model: string;
  /** Everything that changes the output: thresholds, sizes, prompts. */
  readonly parameters?: Readonly<Record<string, string | number | boolean>>;
  /** Lineages of the inputs. */
  readonly inputs?: readonly string[];
}

const digest = (parts: readonly string[], hexLength: number): string => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:${part}`);
  return hash.digest('hex').slice(0, hexLength);
};

/** 16 hex digits. */
export function lineageOf({ model, parameters = {}, inputs = [] }: LineageParts): string {
  const sorted = Object.entries(parameters).sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => `${name}=${String(value)}`);
  return digest([model, ...sorted, '|', ...inputs], 16);
}

export interface InsightIdParts {
  readonly assetId: string;
  readonly revision: number;
  readonly unitId: string;
  readonly task: string;
  readonly lineage: string;
}

/** 32 hex digits. */
export function insightIdOf({ assetId, revision, unitId, task, lineage }: InsightIdParts): string {
  return digest([assetId, String(revision), unitId, task, lineage], 32);
}
