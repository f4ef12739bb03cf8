import type { AnsibleInventory } from './inventory.ts';
import type { Value } from './value.ts';
import type { YamlEntry, YamlTree } from './yaml-tree.ts';

/** Reads an inventory in YAML: groups by name, each with `hosts`, `vars` and `children`. */
export function readYaml(groups: readonly YamlEntry[], inventory: AnsibleInventory): void {
  const plugin = groups.find(({ key }) => textOf(key) === 'plugin');
  if (plugin !== undefined && plugin.value.type === 'scalar') {
    const message = 'this is the configuration of a plugin, which only Ansible can run';
    inventory.faults.push({ line: plugin.line, message });
    return;
  }
  for (const group of groups) readGroup(inventory, group, 0);
}

/** Returns the name of the group. */
function readGroup(inventory: AnsibleInventory, { key, value, line }: YamlEntry, depth: number): string | undefined {
  const { faults } = inventory;
  const name = textOf(key);
  if (name === undefined || name === '') {
    faults.push({ line, message: 'the name of a group is no text: put it in quotes' });
    return undefined;
  }
  if (depth > deepest) {
    faults.push({ line, message: `groups are more than ${deepest} deep` });
    return undefined;
  }
  inventory.addGroup(name, line);
  if (isNone(value)) return name;
  if (value.type !== 'map') {
    faults.push({ line, message: `the group "${name}" is no object with hosts, vars or children` });
    return name;
  }
  for (const part of value.entries) readPart(inventory, name, part, depth);
  return name;
}

/** More than any real inventory needs. */
const deepest = 100;

function readPart(inventory: AnsibleInventory, group: string, { key, value, line }: YamlEntry, depth: number): void {
  const part = textOf(key);
  if (part !== 'hosts' && part !== 'vars' && part !== 'children') {
    const shown = part === undefined ? 'a member' : `"${part}"`;
    inventory.faults.push({ line, message: `${shown} of the group "${group}" is none of hosts, vars and children` });
    return;
  }
  if (isNone(value)) return;
  const entries = entriesOf(value);
  if (entries === undefined) {
    const list = value.type === 'list' ? ', not a list: end each name with ":" instead of beginning it with "-"' : '';
    inventory.faults.push({ line, message: `"${part}" of the group "${group}" must be an object${list}` });
    return;
  }
  for (const entry of entries) {
    if (part === 'vars') setVariable(inventory, group, entry);
    else if (part === 'hosts') readHost(inventory, group, entry);
    else {
      const child = readGroup(inventory, entry, depth + 1);
      if (child !== undefined) inventory.addChild(group, child, entry.line);
    }
  }
}

function setVariable(inventory: AnsibleInventory, group: string, { key, value, line }: YamlEntry): void {
  const name = textOf(key);
  if (name !== undefined) inventory.setGroupVariable(group, name, plainValue(value), line);
}

function readHost(inventory: AnsibleInventory, group: string, { key, value, line }: YamlEntry): void {
  const pattern = textOf(key);
  if (pattern === undefined || pattern === '') {
    inventory.faults.push({ line, message: 'the name of a host is no text: put it in quotes' });
  } else if (isNone(value)) inventory.addHosts(group, pattern, new Map(), line);
  else if (value.type === 'map') inventory.addHosts(group, pattern, variablesOf(value.entries), line);
  else inventory.faults.push({ line, message: `the variables of ${pattern} are no object` });
}

/** By name; what is named by no text is no variable of Ansible. */
export function variablesOf(entries: readonly YamlEntry[]): Map<string, Value> {
  return new Map(
    entries.flatMap(({ key, value }) => {
      const name = textOf(key);
      return name === undefined ? [] : [[name, plainValue(value)] as const];
    }),
  );
}

/** Like Ansible, takes a text for an object with this one name. */
function entriesOf(tree: YamlTree): readonly YamlEntry[] | undefined {
  if (tree.type === 'map') return tree.entries;
  if (tree.type === 'list' || tree.value.type !== 'text') return undefined;
  const { line } = tree;
  return [{ key: tree.value, value: { type: 'scalar', value: { type: 'none' }, line }, line }];
}

function textOf(value: Value): string | undefined {
  return value.type === 'text' ? value.text : undefined;
}

function plainValue(tree: YamlTree): Value {
  return tree.type === 'scalar' ? tree.value : { type: 'other' };
}

export function isNone(tree: YamlTree): boolean {
  return tree.type === 'scalar' && tree.value.type === 'none';
}
