/**
 * Names of indexes, aliases and templates.
 *
 *   <prefix>-<modality>--<model>--<version>--<lineage>   moments of one modality and one lineage; `none` and `0` without a model
 *   <prefix>-<modality>                                  the alias of those that are searched
 *   <prefix>-assets, -audit, -dead-letters, -work        one index each
 *
 * Neither part holds `--`, so a name can be taken apart again. The lineage is its first 8 digits; the whole of it is in
 * the `_meta` of the index.
 */
import { createHash } from 'node:crypto';
import type { IndexEvent, Modality, MomentDocument } from '../ports/index.ts';

export const MODALITIES: readonly Modality[] = ['frame', 'speech', 'screen', 'document', 'subtitle'];

/** The indexes that are no moments'. */
export type PlainIndex = 'assets' | 'audit' | 'dead-letters' | 'work';
export const PLAIN_INDEXES: readonly PlainIndex[] = ['assets', 'audit', 'dead-letters', 'work'];

/** Where the events of a type lie. */
export const PLAIN_OF_EVENT: Readonly<Record<IndexEvent['type'], PlainIndex>> = { audit: 'audit', 'dead-letter': 'dead-letters', work: 'work' };

const LINEAGE_DIGITS = 8;
/** Elasticsearch takes 255 bytes for a whole name. */
const MAX_PART_LENGTH = 72;

export interface ModelName {
  /** `none` where there is no model. */
  readonly model: string;
  readonly version: string;
}

/** Of `name@version`. */
export function modelNameOf(model: string): ModelName {
  const at = model.lastIndexOf('@');
  if (at <= 0) return { model: model === '' ? 'none' : model, version: '0' };
  return { model: model.slice(0, at), version: model.slice(at + 1) };
}

export class IndexNames {
  readonly prefix: string;

  constructor(prefix: string) {
    this.prefix = prefix;
  }

  /** The alias over all lineages of a modality. */
  alias(modality: Modality): string {
    return `${this.prefix}-${modality}`;
  }

  /** Of all modalities. */
  get aliases(): readonly string[] {
    return MODALITIES.map((modality) => this.alias(modality));
  }

  /** What the names of all indexes of a modality fit. */
  pattern(modality: Modality): string {
    return `${this.alias(modality)}--*`;
  }

  plain(index: PlainIndex): string {
    return `${this.prefix}-${index}`;
  }

  /** The index that a moment lies in. */
  moments({ modality, model, lineage }: Pick<MomentDocument, 'modality' | 'model' | 'lineage'>): string {
    const parts = modelNameOf(model);
    return [this.alias(modality), safePart(parts.model), safePart(parts.version), lineageDigits(lineage)].join('--');
  }

  template(name: string): string {
    return `${this.prefix}-${name}`;
  }
}

/** Lower-case letters, digits, dots and underscores, and single hyphens between them. */
function safePart(text: string): string {
  const safe = text
    .toLowerCase()
    .replace(/[^a-z0-9._]+/g, '-')
    .slice(0, MAX_PART_LENGTH)
    .replace(/^-|-$/g, '');
  return safe === '' ? '0' : safe;
}

/** Lineages are digests in hexadecimal; anything else is digested. */
function lineageDigits(lineage: string): string {
  const digits = /^[0-9a-f]{8}/i.test(lineage) ? lineage.toLowerCase() : createHash('sha256').update(lineage).digest('hex');
  return digits.slice(0, LINEAGE_DIGITS);
}
