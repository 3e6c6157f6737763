/**
 * Which concrete index a document goes to. An index of moments is made at the first document of its lineage, with alias,
 * mapping and `_meta` in one request, so that it is never there half made; of two who make it at the same time one is
 * told that it exists, and goes on with that. What is known is cached; `forget` is for an index that turned out to be gone.
 *
 * All vectors of a lineage have the same number of dimensions. A lineage whose first moments have no vectors gets its
 * dimensions with the first vector.
 */
import type { estypes } from '@elastic/elasticsearch';
import type { Modality, MomentDocument } from '../ports/index.ts';
import type { ElasticsearchClient } from './client.ts';
import { faultOf, statusOf } from './errors.ts';
import { momentMapping } from './mappings.ts';
import { MODALITIES, modelNameOf } from './names.ts';
import type { IndexNames, PlainIndex } from './names.ts';
import type { VectorIndexType } from './options.ts';
import { PLAIN_MAPPINGS } from './templates.ts';

/** `_meta` of an index of moments. */
export interface MomentIndexMeta {
  /** As the moments name it, without its version; `none` where there is no model. */
  readonly model: string;
  readonly version: string;
  /** The whole of it. */
  readonly lineage: string;
  /** `null` until there is a vector. */
  readonly dimensions: number | null;
  readonly modality: Modality;
  readonly createdAtMs: number;
}

interface KnownIndex {
  readonly name: string;
  readonly lineage: string;
  readonly dimensions: number | null;
}

export interface MomentIndex {
  readonly name: string;
  /** Another one when an index is deleted and made anew. */
  readonly uuid: string;
  readonly shards: number;
}

/** Either the index, or why there is none for this moment. */
export type Placement = { readonly index: string } | { readonly reason: string };

type Place = Pick<MomentDocument, 'modality' | 'model' | 'lineage' | 'vector'>;

/** Lineages are few; the bound is for input that makes one up for each document. */
const MAX_KNOWN = 10_000;

export class IndexCatalog {
  readonly #client: ElasticsearchClient;
  readonly #names: IndexNames;
  readonly #vectorIndex: VectorIndexType;
  readonly #known = new Map<string, KnownIndex>();
  readonly #knownPlain = new Set<string>();
  readonly #pending = new Map<string, Promise<KnownIndex>>();

  constructor(client: ElasticsearchClient, names: IndexNames, vectorIndex: VectorIndexType) {
    this.#client = client;
    this.#names = names;
    this.#vectorIndex = vectorIndex;
  }

  /** @throws MillraceError MILL_INDEX_UNAVAILABLE, MILL_INDEX_REFUSED */
  async place(moment: Place): Promise<Placement> {
    const key = keyOf(moment);
    const dimensions = moment.vector?.length;
    const known = this.#known.get(key) ?? (await this.#once(key, () => this.#find(moment)));
    if (dimensions !== undefined && known.dimensions === null) return placementOf(moment, await this.#once(key, () => this.#setDimensions(known, dimensions)));
    return placementOf(moment, known);
  }

  /** The same, where nothing has to be asked. */
  known(moment: Place): Placement | undefined {
    const known = this.#known.get(keyOf(moment));
    return known === undefined || (known.dimensions === null && moment.vector !== null) ? undefined : placementOf(moment, known);
  }

  /** Makes it where it is missing. */
  async placePlain(index: PlainIndex): Promise<string> {
    const name = this.#names.plain(index);
    if (this.#knownPlain.has(name)) return name;
    await this.#create(name, { mappings: PLAIN_MAPPINGS[index] });
    this.#knownPlain.add(name);
    return name;
  }

  forget(index: string): void {
    this.#knownPlain.delete(index);
    for (const [key, { name }] of this.#known) if (name === index) this.#known.delete(key);
  }

  /** Every index that may hold moments, of all who write, also where no alias points at it. */
  async momentIndexes(): Promise<MomentIndex[]> {
    const answer = await this.#client.call('the list of its indexes', (es) =>
      es.indices.getSettings({ index: MODALITIES.map((modality) => this.#names.pattern(modality)), name: ['index.number_of_shards', 'index.uuid'], expand_wildcards: ['open', 'hidden'] }));
    return Object.entries(answer).map(([name, { settings }]) => ({ name, uuid: settings?.index?.uuid ?? name, shards: Number(settings?.index?.number_of_shards ?? 1) }));
  }

  /** One look-up at a time for each key: all who come meanwhile take its result. */
  #once(key: string, find: () => Promise<KnownIndex>): Promise<KnownIndex> {
    let pending = this.#pending.get(key);
    if (pending === undefined) {
      pending = find()
        .then((known) => {
          if (this.#known.size >= MAX_KNOWN) this.#known.clear();
          this.#known.set(key, known);
          return known;
        })
        .finally(() => this.#pending.delete(key));
      this.#pending.set(key, pending);
    }
    return pending;
  }

  async #find(moment: Place): Promise<KnownIndex> {
    const name = this.#names.moments(moment);
    const existing = await this.#read(name);
    if (existing !== undefined) return existing;
    const { modality, lineage, vector } = moment;
    const dimensions = vector?.length;
    const meta: MomentIndexMeta = { ...modelNameOf(moment.model), lineage, dimensions: dimensions ?? null, modality, createdAtMs: Date.now() };
    await this.#create(name, { aliases: { [this.#names.alias(modality)]: {} }, mappings: { ...momentMapping(this.#vectorIndex, dimensions), _meta: { ...meta } } });
    // Not what we asked for, but what is there: another may have been first.
    return (await this.#read(name)) ?? { name, lineage, dimensions: dimensions ?? null };
  }

  async #create(name: string, body: Pick<estypes.IndicesCreateRequest, 'aliases' | 'mappings'>): Promise<void> {
    await this.#client.call(`the creation of index ${name}`, async (es) => {
      try {
        await es.indices.create({ index: name, ...body });
      } catch (error) {
        if (faultOf(error)?.type !== 'resource_already_exists_exception') throw error;
      }
    });
  }

  async #read(name: string): Promise<KnownIndex | undefined> {
    const answer = await this.#client.call(`a look at index ${name}`, (es) => es.indices.getMapping({ index: name }, { ignore: [404] }));
    const mappings = answer[name]?.mappings;
    if (mappings === undefined) return undefined;
    const meta = mappings._meta as Partial<MomentIndexMeta> | undefined;
    const vector = mappings.properties?.['vector'] as { readonly dims?: number } | undefined;
    return { name, lineage: meta?.lineage ?? '', dimensions: vector?.dims ?? null };
  }

  /** Whoever is second with another number finds that of the first. */
  async #setDimensions(known: KnownIndex, dimensions: number): Promise<KnownIndex> {
    const current = await this.#read(known.name);
    if (current === undefined || current.dimensions !== null) return current ?? known;
    await this.#client.call(`the dimensions of index ${known.name}`, async (es) => {
      const mappings = (await es.indices.getMapping({ index: known.name }))[known.name]?.mappings;
      const vector = { ...mappings?.properties?.['vector'], dims: dimensions } as estypes.MappingProperty;
      try {
        await es.indices.putMapping({ index: known.name, _meta: { ...mappings?._meta, dimensions }, properties: { vector } });
      } catch (error) {
        if (statusOf(error) !== 400) throw error;
      }
    });
    return (await this.#read(known.name)) ?? known;
  }
}

const keyOf = ({ modality, model, lineage }: Place): string => `${modality}\n${model}\n${lineage}`;

function placementOf({ lineage, vector }: Place, { name, lineage: itsLineage, dimensions }: KnownIndex): Placement {
  if (itsLineage !== lineage) return { reason: `the index ${name} holds lineage "${itsLineage}", and not ${lineage}` };
  if (vector === null || vector.length === dimensions) return { index: name };
  return { reason: `the vector has ${vector.length} dimensions, and those of lineage ${lineage} have ${dimensions ?? 'none'} (index ${name})` };
}
