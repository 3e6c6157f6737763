/** The whole media topology on TopologyTestDriver, with the real search index and blob store in a folder of their own. */
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { openFileBlobStore, openSearchIndex } from '../../../connectors/embedded/index.ts';
import type { AssetIndexDocument, BlobStore, SearchIndex } from '../../../connectors/ports/index.ts';
import type { AssetDocument, AssetSubmitted, AuditEvent, AuditType } from '../../../schemas/index.ts';
import { TopologyTestDriver } from '../../../topology/testing/index.ts';
import type { TestDeadLetter } from '../../../topology/testing/index.ts';
import { buildMediaTopology, TOPICS } from '../../../topology/media/index.ts';
import type { MediaTopologyOptions, Stage } from '../../../topology/media/index.ts';
import { World } from './world.ts';
import type { Content } from './world.ts';
import { removeFolder, temporaryFolder } from '../../support/folders.ts';

const FAST: MediaTopologyOptions = { retry: { attempts: 2, backoffMs: 1 } };

export interface HarnessOptions {
  readonly partitions?: number;
  readonly stages?: readonly Stage[];
}

export class Harness {
  readonly world: World;
  readonly index: SearchIndex;
  readonly driver: TopologyTestDriver;
  readonly audit: AuditEvent[] = [];
  readonly deadLetters: TestDeadLetter[] = [];
  /** What media.documents holds, tombstones as `null`. */
  readonly documents: { readonly assetId: string; readonly document: AssetDocument | null }[] = [];
  readonly #directory: string;
  #events = 0;

  private constructor(directory: string, index: SearchIndex, blobs: BlobStore, { partitions = 3, stages }: HarnessOptions) {
    this.#directory = directory;
    this.index = index;
    this.world = new World(index, blobs);
    const topology = buildMediaTopology({ services: this.world.services, options: FAST, ...(stages === undefined ? {} : { stages }) });
    this.driver = new TopologyTestDriver(topology, { partitions, startMs: 1_000, deadLetterTopic: TOPICS.deadLetters });
  }

  static async open(options: HarnessOptions = {}): Promise<Harness> {
    const directory = await temporaryFolder();
    return new Harness(directory, await openSearchIndex({ directory }), await openFileBlobStore({ directory: path.join(directory, 'blobs') }), options);
  }

  async close(): Promise<void> {
    await this.driver.close();
    await this.index.close();
    await removeFolder(this.#directory);
  }

  /** Puts the content at the asset's source, where there is one, and submits it. */
  submit(assetId: string, content?: Content | null, overrides: Partial<AssetSubmitted> = {}): void {
    const sourceUri = `file:///media/${assetId}`;
    if (content !== undefined) this.world.set(sourceUri, content);
    this.#events += 1;
    const event: AssetSubmitted = {
      eventId: `event-${this.#events}`, assetId, library: 'home', priority: 'LIVE', sourceUri, fileName: `${assetId}.bin`,
      sizeBytes: null, modifiedAtMs: null, submittedAtMs: this.#events, attributes: {}, ...overrides,
    };
    this.driver.input(TOPICS.assets, assetId, event);
  }

  remove(assetId: string): void {
    this.driver.input(TOPICS.assets, assetId, null);
  }

  async drain(): Promise<void> {
    await this.driver.drain();
    this.collect();
  }

  /** Waits for a state of things while a call is held. */
  async until(condition: () => boolean): Promise<void> {
    for (;;) {
      this.collect();
      if (condition()) return;
      await setImmediate();
    }
  }

  collect(): void {
    this.audit.push(...this.driver.output<string, AuditEvent>(TOPICS.audit).map(({ value }) => value));
    this.documents.push(...this.driver.output<string, AssetDocument | null>(TOPICS.documents).map(({ key, value }) => ({ assetId: key, document: value })));
    this.deadLetters.push(...this.driver.deadLetters());
  }

  auditOf(assetId: string): AuditType[] {
    return this.audit.filter((event) => event.assetId === assetId).map(({ type }) => type);
  }

  lastAudit(assetId: string): AuditEvent | undefined {
    return this.audit.findLast((event) => event.assetId === assetId);
  }

  async indexed(assetId: string): Promise<AssetIndexDocument | undefined> {
    return (await this.index.assets([assetId]))[0];
  }

  /** `revision modality text-or-tags`, in order. */
  async moments(assetId: string): Promise<string[]> {
    return (await this.index.moments(assetId)).map(({ revision, modality, text, tags }) => `${revision} ${modality} ${text ?? tags.join()}`).sort();
  }
}

/** A film of two segments: a dog, then a cat, with words on the screen and spoken. */
export const FILM: Content = { kind: 'VIDEO', segments: [{ tag: 'dog', words: 'good morning' }, { tag: 'cat', words: 'good night' }] };
export const PHOTO: Content = { kind: 'IMAGE', segments: [{ tag: 'lion' }] };
export const PAGE: Content = { kind: 'TEXT', segments: [{ words: 'the mill by the river' }] };
export const TALK: Content = { kind: 'AUDIO', segments: [{ words: 'one two three' }] };
