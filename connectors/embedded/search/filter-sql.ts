/** A SearchFilter as SQL conditions with parameters. The table of moments goes by `m`, that of assets by `a`. */
import type { SearchFilter } from '../../ports/index.ts';
import type { Parameter } from './connection.ts';

export interface Conditions {
  /** `AND`ed; never empty. */
  readonly sql: string;
  readonly parameters: readonly Parameter[];
}

/** SQLite takes 32,766 parameters; a list goes as one JSON text instead. */
const LIST = '(SELECT value FROM json_each(?))';

class ConditionList {
  readonly #sql: string[] = ['1'];
  readonly #parameters: Parameter[] = [];

  add(sql: string, ...parameters: Parameter[]): void {
    this.#sql.push(sql);
    this.#parameters.push(...parameters);
  }

  build(): Conditions {
    return { sql: this.#sql.join(' AND '), parameters: this.#parameters };
  }
}

const lowerCased = (tags: readonly string[]): string[] => [...new Set(tags.map((tag) => tag.toLowerCase()))];

/** Library, kind, asset and tags: what moments and assets have in common. */
function addShared(list: ConditionList, filter: SearchFilter, table: 'm' | 'a', tagTable: string): void {
  if (filter.library !== undefined) {
    list.add(`(${table}.library = ? OR ${table}.asset_id IN (SELECT duplicate_of FROM assets WHERE library = ? AND duplicate_of IS NOT NULL))`, filter.library, filter.library);
  }
  if (filter.kinds !== undefined) list.add(`${table}.media_kind IN ${LIST}`, JSON.stringify(filter.kinds));
  if (filter.assetIds !== undefined) {
    const ids = JSON.stringify(filter.assetIds);
    list.add(`(${table}.asset_id IN ${LIST} OR ${table}.asset_id IN (SELECT duplicate_of FROM assets WHERE asset_id IN ${LIST} AND duplicate_of IS NOT NULL))`, ids, ids);
  }
  for (const tag of lowerCased(filter.tags ?? [])) list.add(`EXISTS (SELECT 1 FROM ${tagTable} t WHERE t.tag = ? AND t.seq = ${table}.seq)`, tag);
}

export function momentConditions(filter: SearchFilter): Conditions {
  const list = new ConditionList();
  addShared(list, filter, 'm', 'moment_tags');
  if (filter.modalities !== undefined) list.add(`m.modality IN ${LIST}`, JSON.stringify(filter.modalities));
  // A moment without length is a point: it counts as the millisecond that it begins.
  if (filter.fromMs !== undefined) list.add('max(coalesce(m.end_ms, m.start_ms), m.start_ms + 1) > ?', filter.fromMs);
  if (filter.toMs !== undefined) list.add('m.start_ms < ?', filter.toMs);
  return list.build();
}

export function assetConditions(filter: SearchFilter): Conditions {
  const list = new ConditionList();
  addShared(list, filter, 'a', 'asset_tags');
  return list.build();
}
