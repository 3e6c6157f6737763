/**
 * Stage assemble, keyed by asset: media.admitted and media.insights -> media.documents, media.audit, and the RELEASE of
 * claims to media.claims. The rules are those of processors/assembly.
 */
import { Assembler } from '../../processors/assembly/index.ts';
import type { AssemblyEffect, AssemblyStores, AssetEntry, RevisionEntry, UnitEntry } from '../../processors/assembly/index.ts';
import type { AdmissionOutcome, AssetAdmitted, AssetDocument, Insight } from '../../schemas/index.ts';
import { jsonSerde, keyValueStore, stringSerde } from '../dsl/index.ts';
import type { Processor, ProcessorContext, StreamRecord } from '../dsl/index.ts';
import { removalHeaders, removalOf } from './headers.ts';
import type { StageParts } from './stage.ts';
import { TOPICS, WORK_RETENTION_MS } from './topics.ts';

const STORES = {
  assets: 'assemble-assets', revisions: 'assemble-revisions', plans: 'assemble-plans', units: 'assemble-units', closed: 'assemble-closed',
} as const;

/** `null`: the asset was removed. */
type Input = { readonly admitted: AssetAdmitted | null } | { readonly insight: Insight };

export function addAssemble({ builder, serdes }: StageParts): void {
  builder
    .addStateStore(keyValueStore({ name: STORES.assets, key: stringSerde, value: jsonSerde<AssetEntry>() }))
    .addStateStore(keyValueStore({ name: STORES.revisions, key: stringSerde, value: jsonSerde<RevisionEntry>() }))
    .addStateStore(keyValueStore({ name: STORES.plans, key: stringSerde, value: serdes.assetAdmitted }))
    .addStateStore(keyValueStore({ name: STORES.units, key: stringSerde, value: jsonSerde<UnitEntry>() }))
    .addStateStore(keyValueStore({ name: STORES.closed, key: stringSerde, value: jsonSerde<AdmissionOutcome>(), ttlMs: WORK_RETENTION_MS }));

  const admitted = builder
    .streamWithTombstones(TOPICS.admitted, { key: stringSerde, value: serdes.assetAdmitted, name: 'assemble' })
    .mapValues((value): Input => ({ admitted: value }), { name: 'assemble-outcome' });
  const insights = builder
    .stream(TOPICS.insights, { key: stringSerde, value: serdes.insight, name: 'assemble-insights' })
    .mapValues((insight): Input => ({ insight }), { name: 'assemble-finding' });
  const effects = admitted
    .merge(insights, { name: 'assemble-all' })
    .process(assemble, { name: 'assemble-asset', stores: Object.values(STORES) });

  effects
    .flatMap((effect, key) => documentOrTombstone(effect, key), { name: 'assemble-document' })
    .to(TOPICS.documents, { key: stringSerde, value: serdes.assetDocument, name: 'assemble-documents' });
  effects
    .flatMapValues((effect) => (effect.type === 'audit' ? [effect.event] : []), { name: 'assemble-events' })
    .to(TOPICS.audit, { key: stringSerde, value: serdes.auditEvent, name: 'assemble-audit' });
  effects
    .flatMap((effect) => (effect.type === 'release' ? [{ key: effect.claim.contentHash, value: effect.claim }] : []), { name: 'assemble-release' })
    .to(TOPICS.claims, { key: stringSerde, value: serdes.contentClaim, name: 'assemble-claims' });
}

function assemble(): Processor<string, Input, string, AssemblyEffect> {
  return {
    async process(record, context) {
      const assembler = new Assembler(storesOf(context), () => context.currentSystemTimeMs());
      for (const effect of await apply(assembler, record)) {
        const headers = effect.type === 'removed' ? { headers: removalHeaders({ throughRevision: effect.revision, library: effect.library }) } : {};
        context.forward({ key: record.key, value: effect, ...headers });
      }
    },
  };
}

async function apply(assembler: Assembler, { key, value, headers }: StreamRecord<string, Input>): Promise<AssemblyEffect[]> {
  if ('insight' in value) return assembler.insight(value.insight);
  if (value.admitted !== null) return assembler.admitted(value.admitted);
  const removal = removalOf(headers) ?? { throughRevision: await assembler.currentRevision(key), library: '' };
  return assembler.removed(key, removal.throughRevision, removal.library);
}

function storesOf(context: ProcessorContext<string, AssemblyEffect>): AssemblyStores {
  return {
    assets: context.store(STORES.assets),
    revisions: context.store(STORES.revisions),
    plans: context.store(STORES.plans),
    units: context.store(STORES.units),
    closed: context.store(STORES.closed),
  };
}

/** One sink for both, so that they keep their order. */
function documentOrTombstone(effect: AssemblyEffect, key: string): { key: string; value: AssetDocument | null }[] {
  switch (effect.type) {
    case 'document': return [{ key, value: effect.document }];
    case 'removed': return [{ key, value: null }];
    default: return [];
  }
}
