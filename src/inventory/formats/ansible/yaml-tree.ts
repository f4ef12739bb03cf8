import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type Scalar,
} from 'yaml';
import type { Fault } from '../described-host.ts';
import type { Value } from './value.ts';
import { plainScalar } from './yaml-scalar.ts';

/** A value of YAML as PyYAML reads it: aliases are replaced and merge keys are carried out. */
export type YamlTree =
  | { type: 'scalar'; value: Value; line: number }
  | { type: 'list'; items: readonly YamlTree[]; line: number }
  | { type: 'map'; entries: readonly YamlEntry[]; line: number };

export interface YamlEntry {
  key: Value;
  value: YamlTree;
  /** Of the key, where it is written. */
  line: number;
}

/** The tree is undefined when the text has faults or is empty. */
export function readYamlTree(text: string): { tree?: YamlTree; faults: Fault[] } {
  const counter = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: counter,
    version: '1.1',
    schema: 'failsafe',
    uniqueKeys: (a, b) => isScalar(a) && isScalar(b) && a.value === b.value && !(isMergeKey(a) && isMergeKey(b)),
  });
  const lineOf = (offset: number) => counter.linePos(offset).line;
  if (document.errors.length > 0) return { faults: parserFaults(document, lineOf) };
  if (document.contents === null) return { faults: [] };
  const reader = new TreeReader(document, lineOf);
  const tree = reader.read(document.contents);
  return reader.faults.length > 0 ? { faults: reader.faults } : { tree, faults: [] };
}

/** The errors of the parser without the position that its messages end in. */
export function parserFaults({ errors }: Document.Parsed, lineOf: (offset: number) => number): Fault[] {
  return errors.map(({ message, pos: [offset] }) => {
    const [problem = ''] = message.split('\n');
    return { line: lineOf(offset), message: problem.replace(/ at line \d+, column \d+:?$/, '') };
  });
}

class TreeReader {
  readonly #document: Document.Parsed;
  readonly #lineOf: (offset: number) => number;
  readonly #trees = new Map<Node, YamlTree>();
  /** The nodes that the current one is in. */
  readonly #open = new Set<Node>();
  readonly faults: Fault[] = [];

  constructor(document: Document.Parsed, lineOf: (offset: number) => number) {
    this.#document = document;
    this.#lineOf = lineOf;
  }

  read(node: Node): YamlTree {
    const known = this.#trees.get(node);
    if (known !== undefined) return known;
    const line = this.#lineOf(node.range?.[0] ?? 0);
    if (isAlias(node)) {
      const target = node.resolve(this.#document);
      if (target !== undefined && !this.#open.has(target)) return this.read(target);
      return this.#wrong(line, `*${node.source} stands inside of what it repeats`);
    }
    this.#open.add(node);
    const tree = this.#fresh(node, line);
    this.#open.delete(node);
    this.#trees.set(node, tree);
    return tree;
  }

  #fresh(node: Node, line: number): YamlTree {
    if (isScalar(node)) return this.#scalar(node, line);
    if (isCollection(node) && node.tag !== undefined && !collectionTags.includes(node.tag)) {
      return this.#wrong(line, `the tag ${node.tag} is not understood`);
    }
    if (isSeq<Node>(node)) return { type: 'list', items: node.items.map((item) => this.read(item)), line };
    if (isMap<Node, Node | null>(node)) return { type: 'map', entries: this.#entries(node.items), line };
    return this.#wrong(line, 'this is neither a text nor a list nor an object');
  }

  /** A later entry replaces an earlier one at its place; merged ones come first. */
  #entries(pairs: readonly { key: Node; value: Node | null }[]): YamlEntry[] {
    const merged: YamlEntry[] = [];
    const own: YamlEntry[] = [];
    for (const { key, value } of pairs) {
      const line = this.#lineOf(key.range?.[0] ?? 0);
      const tree: YamlTree = value === null ? { type: 'scalar', value: { type: 'none' }, line } : this.read(value);
      if (isMergeKey(key)) merged.push(...this.#merged(tree));
      else own.push({ key: this.#key(key), value: tree, line });
    }
    return [...new Map([...merged, ...own].map((entry) => [JSON.stringify(entry.key), entry])).values()];
  }

  /** Of several objects the first one counts. */
  #merged(tree: YamlTree): YamlEntry[] {
    if (tree.type === 'map') return [...tree.entries];
    const objects = tree.type === 'list' ? tree.items.filter((item) => item.type === 'map') : [];
    if (tree.type === 'list' && objects.length === tree.items.length) {
      return objects.toReversed().flatMap(({ entries }) => entries);
    }
    this.#wrong(tree.line, '"<<" merges only objects');
    return [];
  }

  #key(node: Node): Value {
    const tree = this.read(node);
    if (tree.type === 'scalar') return tree.value;
    this.#wrong(tree.line, 'a list or an object cannot be a name');
    return { type: 'none' };
  }

  #scalar(node: Scalar, line: number): YamlTree {
    const source = String(node.value ?? '');
    if (node.tag === '!vault' || node.tag === '!vault-encrypted') {
      return { type: 'scalar', value: { type: 'vaulted' }, line };
    }
    if (node.tag !== undefined && !scalarTags.includes(node.tag)) {
      return this.#wrong(line, `the tag ${node.tag} is not understood`);
    }
    const value: Value | undefined =
      node.type === 'PLAIN' && node.tag === undefined ? plainScalar(source) : { type: 'text', text: source };
    return value === undefined
      ? this.#wrong(line, `"${source}" has no meaning here: put it in quotes`)
      : { type: 'scalar', value, line };
  }

  #wrong(line: number, message: string): YamlTree {
    this.faults.push({ line, message });
    return { type: 'scalar', value: { type: 'none' }, line };
  }
}

const scalarTags = ['!', '!unsafe', 'tag:yaml.org,2002:str'];
const collectionTags = ['tag:yaml.org,2002:map', 'tag:yaml.org,2002:seq'];

function isMergeKey(node: unknown): boolean {
  return isScalar(node) && node.type === 'PLAIN' && node.value === '<<' && node.tag === undefined;
}
