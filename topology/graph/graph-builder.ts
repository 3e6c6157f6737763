/** Collects nodes, stores and repartition topics while the DSL runs; `build()` checks them and freezes a Topology. */
import { MillraceError } from '../../connectors/ports/index.ts';
import type { StoreSpec } from '../../state/index.ts';
import type { NodeSpec, RepartitionTopic, TopologyNode } from './nodes.ts';
import { Topology } from './topology.ts';

interface DraftNode {
  readonly name: string;
  readonly spec: NodeSpec;
  readonly parents: string[];
  readonly children: string[];
  readonly stores: readonly string[];
}

const invalid = (message: string): MillraceError => new MillraceError('MILL_TOPOLOGY_INVALID', message);

export class GraphBuilder {
  readonly #nodes = new Map<string, DraftNode>();
  readonly #stores = new Map<string, StoreSpec>();
  readonly #repartitions = new Map<string, RepartitionTopic>();
  readonly #counters = new Map<string, number>();

  /** The given name, or the kind with a running number of that kind: adding a filter renames no map. */
  nameFor(kind: string, given?: string): string {
    if (given !== undefined) {
      if (!/^[\w.-]{1,200}$/.test(given)) throw invalid(`${JSON.stringify(given)} is no name: use up to 200 letters, digits, dots, underscores and hyphens.`);
      return given;
    }
    const next = (this.#counters.get(kind) ?? 0) + 1;
    this.#counters.set(kind, next);
    return `${kind}-${next}`;
  }

  /** Adds a node below `parents`, which must exist: so insertion order is a topological order. */
  addNode(name: string, spec: NodeSpec, parents: readonly string[], stores: readonly string[] = []): string {
    if (this.#nodes.has(name)) throw invalid(`Two nodes are named ${name}: give one of them another name.`);
    for (const parent of parents) this.#node(parent).children.push(name);
    this.#nodes.set(name, { name, spec, parents: [...parents], children: [], stores });
    return name;
  }

  addStore(spec: StoreSpec): void {
    if (this.#stores.has(spec.name)) throw invalid(`Two stores are named ${spec.name}: give one of them another name.`);
    this.#stores.set(spec.name, spec);
  }

  addRepartition(topic: RepartitionTopic): void {
    if (this.#repartitions.has(topic.topic)) throw invalid(`Two repartitions are named ${topic.topic}: give one of them another name.`);
    this.#repartitions.set(topic.topic, topic);
  }

  build(): Topology {
    if (this.#nodes.size === 0) throw invalid('The topology reads no topic: start with stream().');
    this.#checkStores();
    const nodes = [...this.#nodes.values()].map((node): TopologyNode => ({ ...node, parents: [...node.parents], children: [...node.children] }));
    return new Topology(nodes, [...this.#stores.values()], [...this.#repartitions.values()]);
  }

  #node(name: string): DraftNode {
    const node = this.#nodes.get(name);
    if (node === undefined) throw invalid(`${name} belongs to another StreamsBuilder: streams meet only within one.`);
    return node;
  }

  #checkStores(): void {
    const attached = new Set<string>();
    for (const node of this.#nodes.values()) {
      for (const store of node.stores) {
        if (!this.#stores.has(store)) throw invalid(`${node.name} wants store ${store}, which was not added: call addStateStore() first.`);
        attached.add(store);
      }
    }
    for (const store of this.#stores.keys()) {
      if (!attached.has(store)) throw invalid(`Store ${store} is attached to no processor: name it in process(…, { stores: ['${store}'] }), or remove it.`);
    }
  }
}
