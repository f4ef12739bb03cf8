import { type Document, isMap, isScalar, type Node } from 'yaml';
import { type AnsibleInventory, groupNamed, hostsOfInventory, type Variables } from './ansible-inventory.ts';
import { namesOf } from './ansible-names.ts';
import type { Described, Fault } from './described-host.ts';

/** The hosts of an inventory in YAML: groups by name, each with `hosts`, `vars` and `children`. */
export function ansibleYamlHosts(document: Document.Parsed, lineOf: (offset: number) => number): Described {
  const reading: Reading = { document, lineOf, inventory: { groups: new Map(), hosts: new Map() }, faults: [] };
  for (const [name, value, line] of entriesOf(reading, document.contents)) readGroup(reading, name, value, line);
  return hostsOfInventory(reading.inventory, reading.faults);
}

interface Reading {
  document: Document.Parsed;
  lineOf: (offset: number) => number;
  inventory: AnsibleInventory;
  faults: Fault[];
}

function readGroup(reading: Reading, name: string, value: unknown, line: number): void {
  const group = groupNamed(reading.inventory, name);
  if (isEmpty(value)) return;
  if (!isMap(value)) {
    reading.faults.push({ line, message: `the group "${name}" is no object with hosts, vars or children` });
    return;
  }
  for (const [part, content, at] of entriesOf(reading, value)) {
    if (part === 'hosts') for (const host of entriesOf(reading, content)) readHost(reading, group.hosts, host);
    else if (part === 'vars') group.variables = { ...group.variables, ...variablesOf(reading, content) };
    else if (part === 'children') {
      for (const [child, inner, where] of entriesOf(reading, content)) {
        group.children.add(child);
        readGroup(reading, child, inner, where);
      }
    } else {
      const message = `"${part}" of the group "${name}" is none of hosts, vars and children`;
      reading.faults.push({ line: at, message });
    }
  }
}

function readHost({ inventory, ...reading }: Reading, members: Set<string>, [pattern, value, line]: Entry): void {
  const variables = variablesOf({ inventory, ...reading }, value);
  const names = namesOf(pattern);
  if (names.length === 0) reading.faults.push({ line, message: `"${pattern}" stands for no name` });
  for (const name of names) {
    members.add(name);
    const known = inventory.hosts.get(name);
    inventory.hosts.set(name, { line: known?.line ?? line, variables: { ...known?.variables, ...variables } });
  }
}

type Entry = [name: string, value: unknown, line: number];

function entriesOf({ lineOf }: Reading, node: unknown): Entry[] {
  if (!isMap<Node, unknown>(node)) return [];
  return node.items.map(({ key, value }) => {
    const name = isScalar(key) ? String(key.value) : '';
    return [name, value, lineOf(key.range?.[0] ?? 0)];
  });
}

function variablesOf({ document }: Reading, node: unknown): Variables {
  return isMap(node) ? { ...node.toJS(document) } : {};
}

function isEmpty(value: unknown): boolean {
  return value === null || value === undefined || (isScalar(value) && value.value === null);
}
