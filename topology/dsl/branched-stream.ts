/** The branches of a `split`, gathered one by one (KIP-418). */
import { MillraceError } from '../../connectors/ports/index.ts';
import type { KStream } from './kstream.ts';
import type { BranchDraft } from './operators/split.ts';

type Finish<K, V> = (branches: readonly BranchDraft<K, V>[]) => Record<string, KStream<K, V>>;

export class BranchedStream<K, V, Branches extends object = object> {
  readonly #finish: Finish<K, V>;
  readonly #branches: readonly BranchDraft<K, V>[];

  constructor(finish: Finish<K, V>, branches: readonly BranchDraft<K, V>[] = []) {
    this.#finish = finish;
    this.#branches = branches;
  }

  /** Records for which the predicate holds and no earlier one did. */
  branch<V2 extends V, Name extends string>(predicate: (value: V, key: K) => value is V2, name: Name): BranchedStream<K, V, Branches & Record<Name, KStream<K, V2>>>;
  branch<Name extends string>(predicate: (value: V, key: K) => boolean, name: Name): BranchedStream<K, V, Branches & Record<Name, KStream<K, V>>>;
  branch<Name extends string>(predicate: (value: V, key: K) => boolean, name: Name): BranchedStream<K, V, Branches & Record<Name, KStream<K, V>>> {
    if (this.#branches.some((branch) => branch.name === name)) throw new MillraceError('MILL_TOPOLOGY_INVALID', `Two branches are named ${name}.`);
    return new BranchedStream(this.#finish, [...this.#branches, { name, predicate }]);
  }

  /** All other records, and the end of the split. */
  defaultBranch<Name extends string>(name: Name): Branches & Record<Name, KStream<K, V>> {
    return this.branch(() => true, name).noDefaultBranch();
  }

  /** Drops the other records, and ends the split. */
  noDefaultBranch(): Branches {
    return this.#finish(this.#branches) as Branches;
  }
}
