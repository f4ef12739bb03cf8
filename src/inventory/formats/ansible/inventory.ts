import type { Fault, Remark } from '../described-host.ts';
import { readHostPattern } from './host-pattern.ts';
import { isLoginVariable } from './login-variables.ts';
import type { Value, Variables } from './value.ts';

export interface Group {
  line: number;
  priority: bigint;
  variables: Map<string, Value>;
  parents: Set<string>;
  children: Set<string>;
}

export interface InventoryHost {
  line: number;
  variables: Map<string, Value>;
  /** Those that name it. */
  groups: Set<string>;
}

/** An inventory of Ansible as its file describes it, in either format. Like Ansible, it is filled in the file's order. */
export class AnsibleInventory {
  readonly groups = new Map<string, Group>();
  /** By the name in the inventory. */
  readonly hosts = new Map<string, InventoryHost>();
  readonly faults: Fault[] = [];
  readonly remarks: Remark[] = [];
  readonly #unused = new Map<string, Occurrence & { isVaulted: boolean }>();

  constructor() {
    for (const name of ['all', 'ungrouped']) this.addGroup(name, 1);
  }

  addGroup(name: string, line: number): Group {
    const known = this.groups.get(name);
    if (known !== undefined) return known;
    const group = { line, priority: 1n, variables: new Map(), parents: new Set<string>(), children: new Set<string>() };
    this.groups.set(name, group);
    return group;
  }

  /** Adds the hosts of a pattern to a group. */
  addHosts(group: string, pattern: string, variables: Variables, line: number): void {
    const read = readHostPattern(pattern);
    if ('problem' in read) {
      this.faults.push({ line, message: read.problem });
      return;
    }
    for (const name of read.names) {
      this.#addHost(name, read.port, line).groups.add(group);
      // Ansible looks for a group of this name first.
      const owner = this.groups.get(name) ?? this.hosts.get(name);
      for (const [key, value] of variables) if (owner !== undefined) this.#setVariable(owner, key, value, line);
    }
  }

  setGroupVariable(group: string, key: string, value: Value, line: number): void {
    this.#setVariable(this.addGroup(group, line), key, value, line);
  }

  addChild(parent: string, child: string, line: number): void {
    const above = this.addGroup(parent, line);
    const below = this.addGroup(child, line);
    if (parent === 'ungrouped' || (child === 'ungrouped' && parent !== 'all')) {
      const message = `"${child}" cannot be a child of "${parent}": "ungrouped" has the hosts that no group names`;
      this.faults.push({ line, message });
    } else if (child === 'all' || this.isWithin(parent, child)) {
      this.faults.push({ line, message: `the group "${child}" would be a child of itself` });
    } else {
      above.children.add(child);
      below.parents.add(parent);
    }
  }

  /** Whether the group is the other one, or a descendant of it. */
  isWithin(group: string, other: string): boolean {
    const seen = new Set([group]);
    for (const name of seen) for (const parent of this.groups.get(name)?.parents ?? []) seen.add(parent);
    return seen.has(other);
  }

  /** Records a variable whose value says nothing about the login. */
  addUnused(name: string, { type }: Value, occurrence: Occurrence): void {
    const known = this.#unused.get(name);
    const isVaulted = type === 'vaulted' || known?.isVaulted === true;
    this.#unused.set(name, { ...(known ?? occurrence), isVaulted });
  }

  /**
   * The recorded variables, for each file in one remark, with the number of hosts that each is set for.
   *
   * @param hosts the variables of each host
   */
  unusedVariables(hosts: readonly Variables[]): Remark[] {
    const counts = new Map<string, number>();
    for (const variables of hosts) for (const name of variables.keys()) counts.set(name, (counts.get(name) ?? 0) + 1);
    const files = Map.groupBy(this.#unused, ([, { file }]) => file);
    return Array.from(files.values(), (variables) => {
      const names = variables
        .map(([name, { isVaulted }]) => {
          const count = counts.get(name) ?? 0;
          const vault = isVaulted ? 'encrypted by ansible-vault, ' : '';
          return `${name} (${vault}${count === 1 ? '1 host' : `${count} hosts`})`;
        })
        .toSorted();
      const { line, file } = variables.map(([, each]) => each).reduce((a, b) => (b.line < a.line ? b : a));
      const message = `not used: ${names.length === 1 ? 'the variable' : 'the variables'} ${names.join(', ')}`;
      return { line, message, ...(file === undefined ? {} : { file }) };
    });
  }

  #addHost(name: string, port: number | undefined, line: number): InventoryHost {
    const known = this.hosts.get(name);
    if (known !== undefined) {
      if (port !== undefined) {
        const message = `not used: the port ${port} of ${name}, which stands in line ${known.line} already`;
        this.remarks.push({ line, message });
      }
      return known;
    }
    const variables = new Map<string, Value>();
    if (port !== undefined) variables.set('ansible_port', { type: 'number', text: String(port) });
    const host = { line, variables, groups: new Set<string>() };
    this.hosts.set(name, host);
    return host;
  }

  #setVariable(owner: Group | InventoryHost, key: string, value: Value, line: number): void {
    if (key === 'ansible_group_priority' && 'priority' in owner) {
      const text = 'text' in value ? value.text.trim() : '';
      if (/^[+-]?\d+$/.test(text)) owner.priority = BigInt(text.replace(/^\+/, ''));
      else this.faults.push({ line, message: 'ansible_group_priority is no whole number' });
      return;
    }
    if (!isLoginVariable(key)) this.addUnused(key, value, { line });
    owner.variables.set(key, value);
  }
}

export interface Occurrence {
  line: number;
  file?: string;
}
