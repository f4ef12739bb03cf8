import { Node, nodeCountOf, type Tree, usedBytesOf } from './file-layout.ts';
import { Damage, type PageFile } from './page-file.ts';

/**
 * Each value includes the ones before it: pages of branches, pages of leaves, and the first page of each long value.
 */
export type Reads = 'branches' | 'leaves' | 'values';

export interface Walk {
  readonly file: PageFile;
  readonly tree: Tree;
  /** For messages, such as `the table "hosts"`. */
  readonly name: string;
  /** Which pages are read; the walk only checks where the others lie. */
  readonly reads: Reads;
  /** The order of keys; in the tree of free pages, keys are numbers. */
  readonly compare: (one: Buffer, other: Buffer) => number;
  /** Called for each node of a leaf, in key order. */
  readonly each?: (node: Node) => void;
}

/** LMDB's `CURSOR_STACK`. */
const maxDepth = 32;

/**
 * Checks every page of a tree.
 *
 * @throws Damage at the first impossible thing
 */
export function walkTree(walk: Walk): void {
  const { tree, name, reads } = walk;
  if (tree.depth > maxDepth) throw new Damage(`${name} would be ${tree.depth} pages deep`);
  const found = { branchPages: 0, leafPages: 0, overflowPages: 0, entries: 0 };
  if (tree.root !== undefined) new TreeWalk(walk, found).visit(tree.root, 1);
  else if (tree.depth !== 0) throw new Damage(`${name} has no page, and should be ${tree.depth} pages deep`);
  const told = reads === 'branches' ? pageCounts : [...pageCounts, ...leafCounts];
  for (const [member, things] of told) {
    if (found[member] === tree[member]) continue;
    throw new Damage(`${name} has ${found[member]} ${things}, and should have ${tree[member]}`);
  }
}

type Counts = Record<'branchPages' | 'leafPages' | 'overflowPages' | 'entries', number>;

const pageCounts = [
  ['branchPages', 'pages that branch'],
  ['leafPages', 'pages of entries'],
] as const;
const leafCounts = [
  ['overflowPages', 'pages of long values'],
  ['entries', 'entries'],
] as const;

class TreeWalk {
  readonly #walk: Walk;
  readonly #found: Counts;
  /** One buffer for each depth, because the walk returns to the pages above. */
  readonly #buffers: Buffer[] = [];
  /** The next key must come after this one. */
  #last: Buffer | undefined;
  /** Whether the next key may equal the last: the key in a branch is the first key of its page, or precedes it. */
  #mayBeLast = false;

  constructor(walk: Walk, found: Counts) {
    this.#walk = walk;
    this.#found = found;
  }

  visit(page: number, depth: number): void {
    const { file, tree, name, reads } = this.#walk;
    file.take(page, 1, name);
    const isLeaf = depth === tree.depth;
    if (isLeaf && reads === 'branches') {
      this.#found.leafPages += 1;
      return;
    }
    const bytes = this.#bufferOf(depth);
    const kind = file.readTreePage(page, bytes);
    if (isLeaf !== (kind === 'leaf')) throw new Damage(`page ${page} of ${name} is a ${kind} where there can be none`);
    if (isLeaf) this.#visitLeaf(page, bytes);
    else this.#visitBranch(page, bytes, depth);
  }

  #visitBranch(page: number, bytes: Buffer, depth: number): void {
    this.#found.branchPages += 1;
    const nodes = this.#nodesOf(page, bytes, false);
    for (const [index, node] of nodes.entries()) {
      // The first child has everything before the second key, whatever the first key says.
      if (index > 0) {
        this.#ascend(page, node.key);
        this.#mayBeLast = true;
      }
      this.visit(node.child, depth + 1);
    }
    this.#keepLast();
  }

  #visitLeaf(page: number, bytes: Buffer): void {
    const { each } = this.#walk;
    this.#found.leafPages += 1;
    const nodes = this.#nodesOf(page, bytes, true);
    for (const node of nodes) {
      this.#found.entries += 1;
      this.#ascend(page, node.key);
      this.#checkValue(page, node);
      each?.(node);
    }
    this.#keepLast();
  }

  /** Copies the key, because the next page overwrites its buffer. */
  #keepLast(): void {
    if (this.#last !== undefined) this.#last = Buffer.from(this.#last);
  }

  #checkValue(page: number, node: Node): void {
    const { file, name, reads } = this.#walk;
    if (node.valueKind === undefined)
      throw new Damage(`page ${page} of ${name} has a value of a kind that there is not`);
    if (node.valueKind !== 'overflow') return;
    const { page: first, pages, size } = node.overflow;
    if (pages !== pagesFor(size, file.pageSize))
      throw new Damage(`page ${page} of ${name} has a value of a wrong length`);
    file.take(first, pages, name);
    if (reads === 'values') file.checkOverflow(first, pages);
    this.#found.overflowPages += pages;
  }

  #ascend(page: number, key: Buffer): void {
    const last = this.#last;
    if (last !== undefined) {
      const order = this.#walk.compare(last, key);
      if (order > 0 || (order === 0 && !this.#mayBeLast)) {
        throw new Damage(`the keys in page ${page} of ${this.#walk.name} are not in order`);
      }
    }
    this.#last = key;
    this.#mayBeLast = false;
  }

  #nodesOf(page: number, bytes: Buffer, isLeaf: boolean): Node[] {
    const { name } = this.#walk;
    const count = nodeCountOf(bytes);
    if (count === undefined || count === 0) throw new Damage(`page ${page} of ${name} has no bounds that can be`);
    const nodes = Array.from({ length: count }, (_, index) => new Node(bytes, index, isLeaf));
    const used = nodes.reduce((sum, node) => sum + node.bytes, 0);
    if (nodes.every(({ isWithin }) => isWithin) && used === usedBytesOf(bytes)) return nodes;
    throw new Damage(`page ${page} of ${name} does not hold what it should`);
  }

  #bufferOf(depth: number): Buffer {
    const known = this.#buffers[depth];
    if (known !== undefined) return known;
    const made = Buffer.alloc(this.#walk.file.pageSize);
    this.#buffers[depth] = made;
    return made;
  }
}

/** LMDB's `OVPAGES`. */
function pagesFor(size: number, pageSize: number): number {
  return Math.floor((23 + size) / pageSize) + 1;
}
