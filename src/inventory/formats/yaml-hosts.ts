import { isSeq, LineCounter, type ParsedNode, parseDocument } from 'yaml';
import { ansibleYamlHosts } from './ansible/hosts.ts';
import { parserFaults, readYamlTree } from './ansible/yaml-tree.ts';
import type { Described, DescribedHost } from './described-host.ts';
import type { NearbyFiles } from './nearby-files.ts';

/** The hosts of a list, each an address or an object; an object at the top is an inventory of Ansible. */
export async function yamlHosts(text: string, files: NearbyFiles): Promise<Described> {
  const { tree, faults } = readYamlTree(text);
  if (tree?.type === 'map') return ansibleYamlHosts(tree.entries, files);
  const counter = new LineCounter();
  const lineOf = (offset: number) => counter.linePos(offset).line;
  const document = parseDocument(text, { lineCounter: counter, merge: true });
  if (document.errors.length > 0) return { hosts: [], faults: parserFaults(document, lineOf) };
  if (!isSeq<ParsedNode>(document.contents)) {
    return { hosts: [], faults: faults.length > 0 ? faults : [{ line: 1, message: 'it is no list of hosts' }] };
  }
  const hosts = document.contents.items.map((item): DescribedHost => {
    const value: unknown = item.toJS(document);
    return { line: lineOf(item.range[0]), members: isMembers(value) ? value : { address: value } };
  });
  return { hosts, faults: [] };
}

function isMembers(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
