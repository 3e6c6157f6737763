/**
 * Who shadows which task. Every member computes it for itself from the group's description: the instances with the
 * highest hashes of (instance, task), the owner's left out. When an instance comes or goes, only what it shadows moves.
 */
import { murmur2 } from '../../ports/index.ts';
import type { TaskId } from '../../ports/index.ts';
import type { MemberView } from './group-view.ts';
import { taskKey } from './tasks.ts';

/** Tasks that the member shall shadow: none unless the group knows it. */
export function shadowedBy(memberId: string, members: readonly MemberView[], tasks: readonly TaskId[], replicas: number): TaskId[] {
  const byInstance = new Map<string, string[]>();
  const ownerOf = new Map<string, string>();
  for (const { memberId: id, data, tasks: owned } of members) {
    if (data === null) continue;
    byInstance.set(data.instanceId, [...byInstance.get(data.instanceId) ?? [], id]);
    for (const task of owned) ownerOf.set(taskKey(task), data.instanceId);
  }
  return tasks.filter((task) => {
    const key = taskKey(task);
    const others = [...byInstance.keys()].filter((instance) => instance !== ownerOf.get(key));
    // The members of one instance share its state directory: one of them is enough.
    return ranked(others, key).slice(0, replicas).some((instance) => ranked(byInstance.get(instance) ?? [], key)[0] === memberId);
  });
}

function ranked(names: readonly string[], key: string): string[] {
  const hashes = new Map(names.map((name) => [name, murmur2(Buffer.from(`${name} ${key}`))]));
  return [...names].sort((a, b) => (hashes.get(b) ?? 0) - (hashes.get(a) ?? 0) || (a < b ? -1 : 1));
}
