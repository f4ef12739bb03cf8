import type { AnsibleInventory } from './inventory.ts';
import type { Value, Variables } from './value.ts';
import type { VarsFiles } from './vars-files.ts';

/**
 * Which of the values of a variable counts for a host. As in Ansible: a group farther from `all` overrides a nearer
 * one; of equally near groups the one with the greater priority counts, then the last by name. Files in `group_vars`
 * override the groups of the inventory; the host overrides both, and its file in `host_vars` everything.
 */
export class Precedence {
  readonly #inventory: AnsibleInventory;
  readonly #files: VarsFiles;
  readonly #depths = new Map<string, number>([['all', 0]]);

  constructor(inventory: AnsibleInventory, files: VarsFiles) {
    this.#inventory = inventory;
    this.#files = files;
  }

  variablesOf(host: string): Variables {
    const { groups, hosts } = this.#inventory;
    const order = this.#groupsOf(host).toSorted((a, b) => this.#compare(a, b));
    const inherited = ['all', ...order];
    const layers: (Variables | undefined)[] = [
      ...inherited.map((name) => groups.get(name)?.variables),
      ...inherited.map((name) => this.#files.groups.get(name)),
      hosts.get(host)?.variables,
      this.#files.hosts.get(host),
    ];
    return new Map(layers.flatMap((layer): [string, Value][] => [...(layer ?? [])]));
  }

  /** The groups that name the host, in the order of their names. */
  ownGroupsOf(host: string): string[] {
    const named = [...(this.#inventory.hosts.get(host)?.groups ?? [])];
    return named.filter((name) => name !== 'all' && name !== 'ungrouped').toSorted();
  }

  /** The same with the groups above them. */
  groupsOf(host: string): string[] {
    return this.#groupsOf(host)
      .filter((name) => name !== 'ungrouped')
      .toSorted();
  }

  /** The groups that have the host, and those above them; `ungrouped` when there is none but `all`. */
  #groupsOf(host: string): string[] {
    const groups = new Set(this.ownGroupsOf(host));
    for (const name of groups) for (const parent of this.#inventory.groups.get(name)?.parents ?? []) groups.add(parent);
    groups.delete('all');
    return groups.size === 0 ? ['ungrouped'] : [...groups];
  }

  #compare(a: string, b: string): number {
    const priority = (name: string) => this.#inventory.groups.get(name)?.priority ?? 1n;
    if (this.#depth(a) !== this.#depth(b)) return this.#depth(a) - this.#depth(b);
    if (priority(a) !== priority(b)) return priority(a) < priority(b) ? -1 : 1;
    return a < b ? -1 : 1;
  }

  /** The length of the longest way from `all`. No group is below itself. */
  #depth(name: string): number {
    const known = this.#depths.get(name);
    if (known !== undefined) return known;
    const parents = [...(this.#inventory.groups.get(name)?.parents ?? [])];
    const depth = 1 + Math.max(0, ...parents.map((parent) => this.#depth(parent)));
    this.#depths.set(name, depth);
    return depth;
  }
}
