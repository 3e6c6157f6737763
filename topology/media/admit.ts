/**
 * Stage admit, first half, keyed by asset: media.assets -> media.claims, media.admitted (REJECTED and tombstones),
 * media.audit. A repeated eventId is dropped, the source is hashed, and the register of assets decides (its rules are in
 * registers/asset-register.ts).
 *
 * The register is the only place that writes the asset's entry, and it comes after the hashing; hashing keeps the order
 * of each key, and removals pass through it too. What is read before it only saves the hashing of a source that has its
 * size and time of change: the register judges a remembered hash as it does a fresh one.
 *
 * Rejections that later steps of admission found come back by media.admitted.
 */
import { reasonOf } from '../../connectors/ports/index.ts';
import type { MillraceError } from '../../connectors/ports/index.ts';
import { validateSubmission } from '../../processors/admission/index.ts';
import type { AssetAdmitted, AssetSubmitted } from '../../schemas/index.ts';
import { jsonSerde, keyValueStore, stringSerde } from '../dsl/index.ts';
import type { KStream, KeyValueStore, Processor } from '../dsl/index.ts';
import { removalHeaders } from './headers.ts';
import { AssetRegister, rememberedFault, rememberedHash } from './registers/index.ts';
import type { AssetRecord, RegisterEffect, SourceHash } from './registers/index.ts';
import { required } from './services.ts';
import type { AdmissionService } from './services.ts';
import type { StageParts } from './stage.ts';
import { TOPICS } from './topics.ts';

const STORE = 'admit-assets';

type Event =
  | { readonly type: 'submission'; readonly event: AssetSubmitted; readonly hash: SourceHash | null }
  | { readonly type: 'unreadable'; readonly event: AssetSubmitted; readonly reason: string }
  | { readonly type: 'invalid' }
  | { readonly type: 'removal' }
  | { readonly type: 'rejection'; readonly revision: number; readonly reason: string };

export function addAdmit(parts: StageParts): void {
  const { builder, services, options, serdes } = parts;
  const admission = required(services, 'admission', 'admit');
  builder.addStateStore(keyValueStore({ name: STORE, key: stringSerde, value: jsonSerde<AssetRecord>() }));

  const effects = events(parts)
    .process(rememberHash, { name: 'admit-remember', stores: [STORE] })
    .enrich((event, key, { signal }) => withHash(admission, event, key, signal), {
      name: 'admit-hash',
      concurrency: options.concurrency.admit,
      ordering: 'key',
      timeoutMs: options.timeoutsMs.hash,
      retry: options.retry,
      recover: unhashed,
    })
    .process(register, { name: 'admit-register', stores: [STORE] });

  effects
    .flatMap((effect) => (effect.type === 'claim' ? [{ key: effect.claim.contentHash, value: effect.claim }] : []), { name: 'admit-content' })
    .to(TOPICS.claims, { key: stringSerde, value: serdes.contentClaim, name: 'admit-claims' });
  effects
    .flatMap((effect, key) => admittedOrTombstone(effect, key), { name: 'admit-outcome' })
    .to(TOPICS.admitted, { key: stringSerde, value: serdes.assetAdmitted, name: 'admit-admitted' });
  effects
    .flatMapValues((effect) => (effect.type === 'audit' ? [effect.event] : []), { name: 'admit-events' })
    .to(TOPICS.audit, { key: stringSerde, value: serdes.auditEvent, name: 'admit-audit' });
}

/** Submissions without their repeats, removals, and rejections, in the order of each topic. */
function events({ builder, options, serdes }: StageParts): KStream<string, Event> {
  const { submissions, removals } = builder
    .streamWithTombstones(TOPICS.assets, { key: stringSerde, value: serdes.assetSubmitted, name: 'admit' })
    .split({ name: 'admit-kind' })
    .branch((value): value is AssetSubmitted => value !== null, 'submissions')
    .defaultBranch('removals');
  const submitted = submissions
    .deduplicate({ name: 'admit-repeats', by: ({ eventId }, key) => `${key}/${eventId}`, ttlMs: options.repeatedEventTtlMs })
    .mapValues((event): Event => ({ type: 'submission', event, hash: null }), { name: 'admit-submission' });
  const removed = removals.mapValues((): Event => ({ type: 'removal' }), { name: 'admit-removal' });
  const rejected = builder
    .stream(TOPICS.admitted, { key: stringSerde, value: serdes.assetAdmitted, name: 'admit-rejections' })
    .filter(({ outcome }) => outcome === 'REJECTED', { name: 'admit-is-rejected' })
    .mapValues(({ revision, reason }): Event => ({ type: 'rejection', revision, reason: reason ?? '' }), { name: 'admit-rejection' });
  return submitted.merge(removed, { name: 'admit-assets-in-order' }).merge(rejected, { name: 'admit-all' });
}

function rememberHash(): Processor<string, Event, string, Event> {
  return {
    async process({ key, value }, context) {
      const known = value.type === 'submission' ? await context.store<KeyValueStore<string, AssetRecord>>(STORE).get(key) : undefined;
      context.forward({ key, value: known === undefined ? value : remembered(value, known) });
    },
  };
}

function remembered(value: Event, known: AssetRecord): Event {
  if (value.type !== 'submission') return value;
  const { event } = value;
  const reason = rememberedFault(known, event);
  return reason === null ? { ...value, hash: rememberedHash(known, event) } : { type: 'unreadable', event, reason };
}

async function withHash(admission: AdmissionService, event: Event, key: string, signal: AbortSignal): Promise<Event> {
  if (event.type !== 'submission') return event;
  validateSubmission(event.event, key);
  return { ...event, hash: event.hash ?? (await admission.hash(event.event.sourceUri, { signal })) };
}

function unhashed(error: MillraceError, event: Event): Event {
  if (event.type !== 'submission') return event;
  return error.code === 'MILL_EVENT_INVALID' ? { type: 'invalid' } : { type: 'unreadable', event: event.event, reason: reasonOf(error) };
}

function register(): Processor<string, Event, string, RegisterEffect> {
  return {
    async process({ key, value }, context) {
      const assets = new AssetRegister(context.store(STORE), () => context.currentSystemTimeMs());
      for (const effect of await decide(assets, key, value)) {
        context.forward({ key, value: effect, ...(effect.type === 'removed' ? { headers: removalHeaders(effect.removal) } : {}) });
      }
    },
  };
}

async function decide(assets: AssetRegister, key: string, event: Event): Promise<RegisterEffect[]> {
  switch (event.type) {
    case 'submission': return event.hash === null ? [] : assets.submitted(event.event, event.hash);
    case 'unreadable': return assets.unreadable(event.event, event.reason);
    case 'removal': return assets.removed(key);
    case 'rejection': await assets.rejected(key, event.revision, event.reason); return [];
    case 'invalid': return [];
  }
}

/** One sink for both, so that they keep their order. */
function admittedOrTombstone(effect: RegisterEffect, key: string): { key: string; value: AssetAdmitted | null }[] {
  switch (effect.type) {
    case 'admitted': return [{ key, value: effect.admitted }];
    case 'removed': return [{ key, value: null }];
    default: return [];
  }
}
