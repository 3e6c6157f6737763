import type { SplitBranch } from '../../graph/index.ts';
import type { Named } from '../options.ts';
import type { StreamNode } from '../stream-node.ts';
import { below } from '../stream-node.ts';

export interface BranchDraft<K, V> {
  readonly name: string;
  /** A method, so that a stream of a narrower type fits where a wider one is asked for. */
  predicate(value: V, key: K): boolean;
}

/** One child a branch; a record goes to the first whose predicate holds, else nowhere. Branch nodes are `<split>-<branch>`. */
export function split<K, V>(stream: StreamNode, branches: readonly BranchDraft<K, V>[], named: Named): ReadonlyMap<string, StreamNode> {
  const { graph } = stream;
  const name = graph.nameFor('split', named.name);
  const nodeOf = (branch: string): string => graph.nameFor('branch', `${name}-${branch}`);
  const compile = (branch: BranchDraft<K, V>): SplitBranch => ({ node: nodeOf(branch.name), predicate: (value, key) => branch.predicate(value as V, key as K) });
  graph.addNode(name, { kind: 'split', branches: branches.map(compile) }, [stream.node]);
  return new Map(branches.map((branch) => [branch.name, below(stream, graph.addNode(nodeOf(branch.name), { kind: 'branch' }, [name]))]));
}
