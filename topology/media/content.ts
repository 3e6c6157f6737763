/**
 * Stage admit, second half, keyed by content hash: media.claims -> media.admitted, media.work. The first claim of a
 * content is probed and planned; the register of contents decides (its rules are in registers/content-register.ts), and
 * drops the blobs of a content that nothing refers to.
 *
 * As in the first half, only the register writes, after the probing, which keeps the order of each key. A plan that is
 * known already is handed along, so that duplicates are not probed; the register uses it if it has dropped it since.
 *
 * Blobs are deleted before the release is committed, and new work of the same content becomes visible only with its own
 * commit, which comes later: no deletion meets a stage that writes.
 */
import { reasonOf } from '../../connectors/ports/index.ts';
import type { ContentClaim } from '../../schemas/index.ts';
import { jsonSerde, keyValueStore, stringSerde } from '../dsl/index.ts';
import type { KeyValueStore, Processor } from '../dsl/index.ts';
import { ContentRegister } from './registers/index.ts';
import type { ClaimEntry, ContentEffect, ContentPlan, Holder } from './registers/index.ts';
import { required } from './services.ts';
import type { AdmissionService } from './services.ts';
import type { StageParts } from './stage.ts';
import { TOPICS, WORK_RETENTION_MS } from './topics.ts';

const STORES = { plans: 'content-plans', holders: 'content-holders', claims: 'content-claims', released: 'content-released' } as const;

/** A claim with its plan, or with the reason why there is none. */
interface PlannedClaim {
  readonly claim: ContentClaim;
  readonly plan: ContentPlan | null;
  readonly rejected: string | null;
}

export function addContent({ builder, services, options, serdes }: StageParts): void {
  const admission = required(services, 'admission', 'admit');
  const blobs = required(services, 'blobs', 'admit');
  builder
    .addStateStore(keyValueStore({ name: STORES.plans, key: stringSerde, value: jsonSerde<ContentPlan>() }))
    .addStateStore(keyValueStore({ name: STORES.holders, key: stringSerde, value: jsonSerde<Holder>() }))
    .addStateStore(keyValueStore({ name: STORES.claims, key: stringSerde, value: jsonSerde<ClaimEntry>() }))
    .addStateStore(keyValueStore({ name: STORES.released, key: stringSerde, value: jsonSerde<true>(), ttlMs: WORK_RETENTION_MS }));

  const effects = builder
    .stream(TOPICS.claims, { key: stringSerde, value: serdes.contentClaim, name: 'content' })
    .process(rememberPlan, { name: 'content-remember', stores: [STORES.plans] })
    .enrich((claim, _key, { signal }) => withPlan(admission, claim, signal), {
      name: 'content-probe',
      concurrency: options.concurrency.admit,
      ordering: 'key',
      timeoutMs: options.timeoutsMs.plan,
      retry: options.retry,
      recover: (error, claim) => ({ ...claim, rejected: reasonOf(error) }),
    })
    .process(register, { name: 'content-register', stores: Object.values(STORES) });

  effects
    .flatMap((effect) => (effect.type === 'admitted' ? [{ key: effect.admitted.assetId, value: effect.admitted }] : []), { name: 'content-outcome' })
    .to(TOPICS.admitted, { key: stringSerde, value: serdes.assetAdmitted, name: 'content-admitted' });
  effects
    .flatMap((effect) => (effect.type === 'work' ? [{ key: `${effect.segment.assetId}/${effect.segment.segmentIndex}`, value: effect.segment }] : []), { name: 'content-segments' })
    .to(TOPICS.work, { key: stringSerde, value: serdes.workSegment, name: 'content-work' });
  effects
    .flatMapValues((effect) => (effect.type === 'drop' ? [effect.contentHash] : []), { name: 'content-unused' })
    .enrich((contentHash) => blobs.deleteFolder(contentHash), { name: 'content-drop', concurrency: options.concurrency.admit, retry: options.retry });
}

function rememberPlan(): Processor<string, ContentClaim, string, PlannedClaim> {
  return {
    async process({ key, value }, context) {
      const plan = value.action === 'CLAIM' ? await context.store<KeyValueStore<string, ContentPlan>>(STORES.plans).get(key) : undefined;
      context.forward({ key, value: { claim: value, plan: plan ?? null, rejected: null } });
    },
  };
}

async function withPlan(admission: AdmissionService, planned: PlannedClaim, signal: AbortSignal): Promise<PlannedClaim> {
  if (planned.claim.action === 'RELEASE' || planned.plan !== null) return planned;
  const { admitted, segments } = await admission.plan(planned.claim, { signal });
  const { mediaKind, container, durationMs, width, height, metadata } = admitted;
  return { ...planned, plan: { admitted: { mediaKind, container, durationMs, width, height, metadata }, segments } };
}

function register(): Processor<string, PlannedClaim, string, ContentEffect> {
  return {
    async process({ key, value }, context) {
      const contents = new ContentRegister({
        plans: context.store(STORES.plans), holders: context.store(STORES.holders), claims: context.store(STORES.claims), released: context.store(STORES.released),
      }, () => context.currentSystemTimeMs());
      for (const effect of await decide(contents, value)) context.forward({ key, value: effect });
    },
  };
}

async function decide(contents: ContentRegister, { claim, plan, rejected }: PlannedClaim): Promise<ContentEffect[]> {
  if (claim.action === 'RELEASE') return contents.released(claim);
  return plan === null ? contents.rejected(claim, rejected ?? '') : contents.claimed(claim, plan);
}
