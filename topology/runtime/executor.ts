/**
 * Runs batches through a task's synchronous nodes, so that it looks as if each record had gone through alone.
 *
 * Node by node, in topological order: each gets its whole input of the batch at once, which is what makes one read of
 * a store serve a batch. Where paths meet, records are put back into the order in which they entered (`ordinal`), so
 * every node sees the order that it would have seen record by record. Only nodes that share a store could tell the
 * difference; a plan that has such nodes is run record by record, depth first.
 */
import type { Flow } from './flow.ts';
import type { SubtopologyPlan } from './plan.ts';
import type { RuntimeNode } from './scope.ts';

/** A record on its way into a node. */
export interface Entering {
  readonly child: number;
  readonly flow: Flow;
}

interface Inbox {
  flows: Flow[];
  /** Came by more than one path. */
  mixed: boolean;
}

export class Executor {
  readonly #nodes: readonly RuntimeNode[];
  readonly #ports: readonly (readonly (readonly number[])[])[];
  readonly #depthFirst: boolean;
  readonly #inboxes: (Inbox | null)[];
  #stopped = false;

  constructor(plan: SubtopologyPlan, nodes: readonly RuntimeNode[]) {
    this.#nodes = nodes;
    this.#ports = plan.nodes.map(({ ports }) => ports);
    this.#depthFirst = plan.depthFirst;
    this.#inboxes = nodes.map(() => null);
  }

  /** Runs what the entries (sources, or an `enrich`) have put out, and what enters in the middle, through everything below, up to the next `enrich`. */
  run(entries: readonly number[], entering: readonly Entering[] = []): void | Promise<void> {
    if (this.#depthFirst) return this.#runDepthFirst(entries, entering);
    for (const entry of entries) this.#deliver(entry);
    for (const { child, flow } of entering) this.#put(child, [flow]);
    return this.#runFrom(0);
  }

  /** A batch that waits in a node goes to none after it. */
  stop(): void {
    this.#stopped = true;
  }

  #runFrom(start: number): void | Promise<void> {
    for (let index = start; index < this.#nodes.length && !this.#stopped; index++) {
      const inbox = this.#inboxes[index];
      if (inbox === null || inbox === undefined) continue;
      this.#inboxes[index] = null;
      if (inbox.mixed) inbox.flows.sort((a, b) => a.ordinal - b.ordinal);
      const pending = this.#node(index).run(inbox.flows);
      if (pending !== undefined) {
        return pending.then(() => {
          this.#deliver(index);
          return this.#runFrom(index + 1);
        });
      }
      this.#deliver(index);
    }
  }

  /** Moves a node's output into the inboxes of its children. */
  #deliver(index: number): void {
    const { outlets } = this.#node(index);
    for (let port = 0; port < outlets.length; port++) {
      const flows = outlets[port] as Flow[];
      if (flows.length === 0) continue;
      outlets[port] = [];
      for (const child of this.#ports[index]?.[port] ?? []) this.#put(child, flows);
    }
  }

  #put(index: number, flows: Flow[]): void {
    const inbox = this.#inboxes[index];
    if (inbox === null || inbox === undefined) this.#inboxes[index] = { flows, mixed: false };
    else this.#inboxes[index] = { flows: [...inbox.flows, ...flows], mixed: true };
  }

  async #runDepthFirst(entries: readonly number[], entering: readonly Entering[]): Promise<void> {
    const arrived = [...entering, ...entries.flatMap((entry) => this.#takeOutput(entry))].sort((a, b) => a.flow.ordinal - b.flow.ordinal);
    for (const { child, flow } of arrived) await this.#descend(child, flow);
  }

  async #descend(index: number, flow: Flow): Promise<void> {
    if (this.#stopped) return;
    await this.#node(index).run([flow]);
    for (const output of this.#takeOutput(index)) await this.#descend(output.child, output.flow);
  }

  /** Each record a node has put out, with each child that gets it: record by record, and child by child. */
  #takeOutput(index: number): Entering[] {
    const { outlets } = this.#node(index);
    return outlets.flatMap((flows, port) => {
      outlets[port] = [];
      const children = this.#ports[index]?.[port] ?? [];
      return flows.flatMap((flow) => children.map((child) => ({ child, flow })));
    });
  }

  #node(index: number): RuntimeNode {
    return this.#nodes[index] as RuntimeNode;
  }
}
