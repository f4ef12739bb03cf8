import { type AnsibleInventory, groupNamed, hostsOfInventory, type Variables } from './ansible-inventory.ts';
import { namesOf } from './ansible-names.ts';
import type { Described, Fault } from './described-host.ts';

/** The hosts of an inventory in INI: `name key=value …` below `[group]`, `[group:vars]` and `[group:children]`. */
export function ansibleIniHosts(text: string): Described {
  const inventory: AnsibleInventory = { groups: new Map(), hosts: new Map() };
  const faults: Fault[] = [];
  let section = { group: 'ungrouped', kind: 'hosts' };
  for (const [index, whole] of text.split('\n').entries()) {
    const line = index + 1;
    const content = whole.trim();
    if (content === '' || content.startsWith('#') || content.startsWith(';')) continue;
    const heading = /^\[([^\]:\s]+)(?::(vars|children))?\]\s*([#;].*)?$/.exec(content);
    if (heading !== null) {
      section = { group: heading[1] ?? '', kind: heading[2] ?? 'hosts' };
      groupNamed(inventory, section.group);
      continue;
    }
    const problem = add(inventory, section, { line, content });
    if (problem !== undefined) faults.push({ line, message: problem });
  }
  return hostsOfInventory(inventory, faults);
}

interface Entry {
  line: number;
  content: string;
}

/** Returns what is wrong with the line. */
function add(
  inventory: AnsibleInventory,
  { group: name, kind }: { group: string; kind: string },
  { line, content }: Entry,
): string | undefined {
  const group = groupNamed(inventory, name);
  if (kind === 'children') {
    const [child = ''] = content.split(/\s/);
    group.children.add(child);
    groupNamed(inventory, child);
    return undefined;
  }
  if (kind === 'vars') {
    const [, key = '', value = ''] = /^([^=\s]+)\s*=\s*(.*)$/.exec(content) ?? [];
    group.variables = { ...group.variables, ...(key === '' ? {} : { [key]: unquoted(value) }) };
    return key === '' ? `"${content}" is not a variable: write it as KEY=VALUE` : undefined;
  }
  const [pattern = '', ...words] = wordsOf(content);
  const odd = words.find((word) => !word.includes('='));
  if (odd !== undefined) return `"${odd}" is not a variable: write it as KEY=VALUE`;
  // Only a name with one colon has a port: an IPv6 address has more.
  const [, bare = pattern, port] = /^([^:]*(?:\[[^\]]*\][^:]*)*):(\d+)$/.exec(pattern) ?? [];
  const variables: Variables = {
    ...(port === undefined ? {} : { ansible_port: port }),
    ...Object.fromEntries(words.map((word) => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)])),
  };
  const names = namesOf(bare);
  for (const each of names) {
    group.hosts.add(each);
    const known = inventory.hosts.get(each);
    inventory.hosts.set(each, { line: known?.line ?? line, variables: { ...known?.variables, ...variables } });
  }
  return names.length === 0 ? `"${bare}" stands for no name` : undefined;
}

/** Splits a line into words as a shell does, up to a comment. */
function wordsOf(content: string): string[] {
  const words = content.match(/(?:[^\s"'#]|"(?:\\.|[^"])*"|'[^']*'|(?<=\S)#)+|#.*$/g) ?? [];
  const end = words.findIndex((word) => word.startsWith('#'));
  return (end === -1 ? words : words.slice(0, end)).map((word) =>
    word.replace(
      /"((?:\\.|[^"])*)"|'([^']*)'/g,
      (_, double?: string, single?: string) => single ?? double?.replace(/\\(.)/g, '$1') ?? '',
    ),
  );
}

function unquoted(value: string): string {
  const [, , inner] = /^(["'])(.*)\1$/.exec(value) ?? [];
  return inner ?? value;
}
