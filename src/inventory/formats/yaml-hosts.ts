import { isMap, isSeq, LineCounter, type ParsedNode, parseDocument } from 'yaml';
import { ansibleYamlHosts } from './ansible-yaml.ts';
import type { Described, DescribedHost } from './described-host.ts';

/** The hosts of a list, each an address or an object; an object at the top is an inventory of Ansible. */
export function yamlHosts(text: string): Described {
  const counter = new LineCounter();
  const lineOf = (offset: number) => counter.linePos(offset).line;
  const document = parseDocument(text, { lineCounter: counter });
  if (document.errors.length > 0) {
    const faults = document.errors.map(({ message, pos: [offset] }) => {
      const [problem = ''] = message.split('\n');
      return { line: lineOf(offset), message: problem.replace(/ at line \d+, column \d+:?$/, '') };
    });
    return { hosts: [], faults };
  }
  const { contents } = document;
  if (isMap(contents)) return ansibleYamlHosts(document, lineOf);
  if (!isSeq<ParsedNode>(contents)) return { hosts: [], faults: [{ line: 1, message: 'it is no list of hosts' }] };
  const hosts = contents.items.map((item): DescribedHost => {
    const value: unknown = item.toJS(document);
    return { line: lineOf(item.range[0]), members: isMembers(value) ? value : { address: value } };
  });
  return { hosts, faults: [] };
}

function isMembers(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
