/**
 * Templates as code: one component template with the settings that all share, and an index template for each kind of index
 * (a component of mappings would have to bring its own analyzer). They are put when a writer opens, where they are missing, older, or made for other options; those of a newer
 * Millrace are left alone, so that two releases may run side by side. Templates shape indexes that are created later:
 * existing ones keep what they have.
 *
 * `allow_auto_create` is off: a bulk request to an index that somebody has just deleted must not make one without its
 * alias and `_meta`; the catalog makes it anew.
 */
import { createHash } from 'node:crypto';
import type { estypes } from '@elastic/elasticsearch';
import type { ElasticsearchClient } from './client.ts';
import { ANALYSIS, ASSET_MAPPING, AUDIT_MAPPING, DEAD_LETTER_MAPPING, momentMapping, WORK_MAPPING } from './mappings.ts';
import { MODALITIES, PLAIN_INDEXES } from './names.ts';
import type { IndexNames, PlainIndex } from './names.ts';
import type { CompiledElasticsearchOptions } from './options.ts';

/** Goes up by one with each change of a template or a mapping. */
export const TEMPLATES_VERSION = 1;

/** Above the templates that Elasticsearch brings along, such as that of `logs-*-*`. */
const PRIORITY = 500;

/** How long a removed document stops an older write of itself; removals.ts says why. */
const GC_DELETES = '10m';

export const PLAIN_MAPPINGS: Readonly<Record<PlainIndex, estypes.MappingTypeMapping>> = { assets: ASSET_MAPPING, audit: AUDIT_MAPPING, 'dead-letters': DEAD_LETTER_MAPPING, work: WORK_MAPPING };

type Options = Pick<CompiledElasticsearchOptions, 'shards' | 'replicas' | 'refreshIntervalMs' | 'vectorIndex'>;

function settingsOf({ shards, replicas, refreshIntervalMs }: Options): estypes.IndicesIndexSettings {
  return {
    number_of_shards: shards,
    ...(replicas === undefined ? { auto_expand_replicas: '0-1' } : { number_of_replicas: replicas }),
    // Named, even where it is the default: an index that names none stops refreshing while nobody searches it.
    refresh_interval: `${refreshIntervalMs}ms`,
    // Acknowledged means on disk.
    translog: { durability: 'request' },
    gc_deletes: GC_DELETES,
    analysis: ANALYSIS,
  };
}

interface Template {
  readonly name: string;
  readonly version: number;
  readonly _meta: Readonly<Record<string, string>>;
}
type ComponentTemplate = Template & { readonly template: estypes.IndicesIndexState };
type IndexTemplate = Template & Pick<estypes.IndicesPutIndexTemplateRequest, 'index_patterns' | 'composed_of' | 'priority' | 'allow_auto_create' | 'template'>;

/** With a digest of what it says, so that other options are noticed. */
function versioned<Body extends object>(name: string, body: Body): Body & Template {
  return { name, version: TEMPLATES_VERSION, _meta: { managedBy: 'millrace', digest: createHash('sha256').update(JSON.stringify(body)).digest('hex').slice(0, 16) }, ...body };
}

export function templatesOf(names: IndexNames, options: Options): { readonly component: ComponentTemplate; readonly indexes: readonly IndexTemplate[] } {
  const settings = names.template('settings');
  const template = (name: string, patterns: string[], mappings: estypes.MappingTypeMapping): IndexTemplate =>
    versioned(name, { index_patterns: patterns, composed_of: [settings], priority: PRIORITY, allow_auto_create: false, template: { mappings } });
  return {
    component: versioned(settings, { template: { settings: settingsOf(options) } }),
    indexes: [
      template(names.template('moments'), MODALITIES.map((modality) => names.pattern(modality)), momentMapping(options.vectorIndex)),
      ...PLAIN_INDEXES.map((index) => template(names.plain(index), [names.plain(index)], PLAIN_MAPPINGS[index])),
    ],
  };
}

/** Idempotent; several may do it at a time. */
export async function putTemplates(client: ElasticsearchClient, names: IndexNames, options: Options): Promise<void> {
  const { component, indexes } = templatesOf(names, options);
  const what = 'the templates of its indexes';
  const { component_templates: oldComponents } = await client.call(what, (es) => es.cluster.getComponentTemplate({ name: component.name }, { ignore: [404] }).then(orNothing('component_templates')));
  for (const { name, ...body } of outdated([component], oldComponents.map((old) => ({ name: old.name, ...old.component_template })))) {
    await client.call(what, (es) => es.cluster.putComponentTemplate({ name, ...body }));
  }
  const { index_templates: oldIndexes } = await client.call(what, (es) => es.indices.getIndexTemplate({ name: names.template('*') }, { ignore: [404] }).then(orNothing('index_templates')));
  for (const { name, ...body } of outdated(indexes, oldIndexes.map((old) => ({ name: old.name, ...old.index_template })))) {
    await client.call(what, (es) => es.indices.putIndexTemplate({ name, ...body }));
  }
}

/** The answer where nothing has that name is an error without the list. */
const orNothing = <Key extends string>(key: Key) => <Body extends { readonly [K in Key]: readonly unknown[] }>(body: Body): Body => (key in body ? body : ({ ...body, [key]: [] }));

interface Existing {
  readonly name: string;
  readonly version?: number;
  readonly _meta?: Readonly<Record<string, unknown>>;
}

function outdated<Wanted extends Template>(wanted: readonly Wanted[], existing: readonly Existing[]): Wanted[] {
  const byName = new Map(existing.map((template) => [template.name, template]));
  return wanted.filter((template) => {
    const { version = 0, _meta: meta } = byName.get(template.name) ?? {};
    return version < template.version || (version === template.version && meta?.['digest'] !== template._meta['digest']);
  });
}
