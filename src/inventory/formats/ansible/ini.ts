import type { Fault } from '../described-host.ts';
import type { AnsibleInventory } from './inventory.ts';
import { pythonLiteral } from './python-literal.ts';
import { shellWords } from './shell-words.ts';
import type { Value } from './value.ts';

/** Reads an inventory in INI: `name key=value …` below `[group]`, `[group:vars]` and `[group:children]`. */
export function readIni(text: string, inventory: AnsibleInventory): void {
  const sections = new Sections(inventory);
  for (const [index, whole] of text.split(lineBreak).entries()) {
    const entry = { line: index + 1, content: whole.trim() };
    if (entry.content === '' || /^[#;]/.test(entry.content)) continue;
    const heading = headingOf(entry.content);
    if (typeof heading === 'string') inventory.faults.push({ line: entry.line, message: heading });
    else if (heading !== undefined) sections.begin(heading, entry.line);
    else if (sections.current.kind === 'children') sections.addChild(entry);
    else if (sections.current.kind === 'vars') addVariable(inventory, sections.current.group, entry);
    else addHosts(inventory, sections.current.group, entry);
  }
  inventory.faults.push(...sections.undeclared());
}

/** Where Python breaks lines, also at the separators of ASCII (28 to 30). */
const lineBreak = new RegExp(`\r\n|[\n\r\v\f${String.fromCharCode(28, 29, 30)}\u0085\u2028\u2029]`);

interface Section {
  group: string;
  kind: 'hosts' | 'vars' | 'children';
}

interface Entry {
  line: number;
  content: string;
}

/** The section that is read, and which groups have one. */
class Sections {
  readonly #inventory: AnsibleInventory;
  readonly #declared = new Set(['all', 'ungrouped']);
  /** Groups that must have a section. */
  readonly #mentions: { line: number; group: string }[] = [];
  /** Children whose group is not known yet: like in Ansible, only its own section makes it known. */
  readonly #awaited: { line: number; parent: string; child: string }[] = [];
  current: Section = { group: 'ungrouped', kind: 'hosts' };

  constructor(inventory: AnsibleInventory) {
    this.#inventory = inventory;
  }

  begin(section: Section, line: number): void {
    this.current = section;
    this.#inventory.addGroup(section.group, line);
    if (section.kind === 'vars') {
      this.#mentions.push({ line, group: section.group });
      return;
    }
    this.#declared.add(section.group);
    for (const { line: at, parent, child } of this.#awaited) {
      if (child === section.group) this.#inventory.addChild(parent, child, at);
    }
  }

  addChild({ line, content }: Entry): void {
    const [, child] = /^([^:\]\s]+)\s*(?:#.*)?$/.exec(content) ?? [];
    if (child === undefined) {
      this.#inventory.faults.push({ line, message: `"${content}" is no name of a group` });
      return;
    }
    const { group: parent } = this.current;
    this.#mentions.push({ line, group: child });
    if (this.#inventory.groups.has(child)) this.#inventory.addChild(parent, child, line);
    else this.#awaited.push({ line, parent, child });
  }

  undeclared(): Fault[] {
    return this.#mentions
      .filter(({ group }) => !this.#declared.has(group))
      .map(({ line, group }) => ({ line, message: `there is no section [${group}]` }));
  }
}

/** The section that a line begins, or what is wrong with it; undefined when it begins none. */
function headingOf(content: string): Section | string | undefined {
  const [all, group = '', kind = 'hosts'] = /^\[([^:\]\s]+)(?::(\w+))?\]\s*(?:#.*)?$/u.exec(content) ?? [];
  if (all === undefined) {
    return /^\[.*\]$/.test(content)
      ? `${content} is no section: write it as [NAME], [NAME:vars] or [NAME:children]`
      : undefined;
  }
  if (kind === 'hosts' || kind === 'vars' || kind === 'children') return { group, kind };
  return `"${kind}" is no kind of section: there are [NAME], [NAME:vars] and [NAME:children]`;
}

function addVariable(inventory: AnsibleInventory, group: string, { line, content }: Entry): void {
  const at = content.indexOf('=');
  if (at === -1) inventory.faults.push({ line, message: noVariable(content) });
  else {
    const value = pythonLiteral(content.slice(at + 1).trim());
    inventory.setGroupVariable(group, content.slice(0, at).trim(), value, line);
  }
}

function addHosts(inventory: AnsibleInventory, group: string, { line, content }: Entry): void {
  const split = shellWords(content, 'skipped');
  if ('problem' in split) {
    inventory.faults.push({ line, message: split.problem });
    return;
  }
  const [pattern = '', ...words] = split.words;
  const variables = new Map<string, Value>();
  for (const word of words) {
    const at = word.indexOf('=');
    if (at === -1) inventory.faults.push({ line, message: noVariable(word) });
    else variables.set(word.slice(0, at), pythonLiteral(word.slice(at + 1)));
  }
  if (pattern.trim() === '' || pattern === '---' || /:$/.test(pattern)) {
    inventory.faults.push({ line, message: `"${pattern}" is no name of a host` });
  } else inventory.addHosts(group, pattern, variables, line);
}

function noVariable(text: string): string {
  return `"${text}" is not a variable: write it as KEY=VALUE`;
}
