import type { Described, DescribedHost, Fault } from './described-host.ts';
import { jumpThrough } from './jump-through.ts';

export type Variables = Readonly<Record<string, unknown>>;

export interface AnsibleGroup {
  variables: Variables;
  children: Set<string>;
  hosts: Set<string>;
}

/** An inventory of Ansible as its file describes it, in either format. */
export interface AnsibleInventory {
  groups: Map<string, AnsibleGroup>;
  /** By the name in the inventory; the variables of all its occurrences. */
  hosts: Map<string, { line: number; variables: Variables }>;
}

export function groupNamed({ groups }: AnsibleInventory, name: string): AnsibleGroup {
  const group = groups.get(name) ?? { variables: {}, children: new Set(), hosts: new Set() };
  groups.set(name, group);
  return group;
}

/** The hosts, with their SSH variables as members; other variables are left out. */
export function hostsOfInventory(inventory: AnsibleInventory, faults: readonly Fault[]): Described {
  const found = [...faults];
  const addresses = new Map<string, string>();
  const known = Array.from(inventory.hosts, ([name, { line, variables }]) => {
    const all = { ...inherited(inventory, name), ...variables };
    addresses.set(name, textOf(all.ansible_host) ?? name);
    return { line, name, variables: all };
  });
  const hosts = known.flatMap(({ line, name, variables }): DescribedHost[] => {
    const problem = problemOf(name, variables);
    if (problem !== undefined) {
      found.push({ line, message: problem });
      return [];
    }
    const jump = jumpOf(variables);
    const members = {
      address: addresses.get(name),
      remote_user: variables.ansible_user ?? variables.ansible_ssh_user,
      port: variables.ansible_port ?? variables.ansible_ssh_port,
      key: variables.ansible_ssh_private_key_file ?? variables.ansible_private_key_file,
      proxy_jump: jump === undefined ? undefined : jumpThrough(jump, addresses),
    };
    return [{ line, members }];
  });
  return { hosts, faults: found };
}

/**
 * As in Ansible: a group farther from `all` overrides a nearer one, and of equally near groups the last by name wins.
 */
function inherited({ groups }: AnsibleInventory, host: string): Variables {
  const depths = new Map<string, number>();
  const rise = (name: string, way: readonly string[]): number => {
    if (name === 'all') return 0;
    const parents = [...groups].filter(([parent, { children }]) => children.has(name) && !way.includes(parent));
    const depth = 1 + Math.max(0, ...parents.map(([parent]) => rise(parent, [...way, name])));
    depths.set(name, depth);
    return depth;
  };
  for (const [name, { hosts }] of groups) if (hosts.has(host)) rise(name, []);
  depths.set('all', 0);
  const order = [...depths].sort(([a, depthOfA], [b, depthOfB]) => depthOfA - depthOfB || (a < b ? -1 : 1));
  return Object.assign({}, ...order.map(([name]) => groups.get(name)?.variables ?? {}));
}

const used = [
  'ansible_host',
  'ansible_user',
  'ansible_ssh_user',
  'ansible_port',
  'ansible_ssh_port',
  'ansible_ssh_private_key_file',
  'ansible_private_key_file',
];
const argumentLists = ['ansible_ssh_common_args', 'ansible_ssh_extra_args'];

function problemOf(name: string, variables: Variables): string | undefined {
  const connection = textOf(variables.ansible_connection) ?? 'ssh';
  if (!/^(ssh|smart|paramiko(_ssh)?|ansible\.builtin\.(ssh|paramiko_ssh))$/.test(connection)) {
    return `${name} is not reached by SSH: its ansible_connection is ${connection}`;
  }
  const template = [...used, ...argumentLists].find((each) => textOf(variables[each])?.includes('{{'));
  if (template !== undefined) return `${name}: ${template} is a template, which only Ansible can fill in`;
  const proxied = argumentLists.find((each) => /proxycommand/i.test(textOf(variables[each]) ?? ''));
  if (proxied !== undefined) return `${name}: ${proxied} has a ProxyCommand; name jump hosts with ProxyJump instead`;
  return undefined;
}

function jumpOf(variables: Variables): string | undefined {
  const words = argumentLists.map((each) => textOf(variables[each]) ?? '').join(' ');
  const [, option, short] = /(?:proxyjump[= ]+["']?([^\s"']+))|(?:-J\s*["']?([^\s"']+))/i.exec(words) ?? [];
  return option ?? short;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
