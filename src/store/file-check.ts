import { readSync } from 'node:fs';
import { headerOf, type Meta, metaBytes, metaOf, type Node, type Tree, treeBytes, treeOf } from './file-layout.ts';
import { Damage, PageFile } from './page-file.ts';
import { type Reads, walkTree } from './tree-walk.ts';

/**
 * After this many pages the check reads less of the remaining trees. In memory this takes 0.2 s; 128 MiB are checked
 * whole.
 */
const pagesToRead = 32_768;

/**
 * Describes the damage of an LMDB data file; undefined when there is none. LMDB maps the file into memory and trusts
 * the numbers in it, so a wrong number ends the whole process by a signal.
 *
 * The check reads both metas and, of the newest snapshot, which LMDB opens, the tree of free pages, the main tree, and
 * the tree of each table. It verifies of each page that its number and kind are the expected ones; that an existing
 * transaction wrote it; that its nodes lie within it and fill what it says is used; that the keys ascend over the whole
 * tree. It verifies of each tree that its pages are in the file, belong to nothing else and are not free; that it has
 * as many pages and entries as it says.
 *
 * It reads the smallest trees first. Reading more than `pagesToRead` pages could make a start take minutes. Of a tree
 * that would exceed it, the check does not read the long values, or not even the leaves: it only verifies that they are
 * in the file, belong to nothing else, and have the expected number. Damage in such a leaf shows when it is read.
 *
 * The check does not read the bytes of values: damage inside one shows as a record that cannot be read.
 *
 * @param fd of a file that nothing writes to meanwhile
 */
export function damageIn(fd: number, atMost = pagesToRead): string | undefined {
  return unlessDamaged(() => {
    const metas = metasIn(fd);
    const meta = newest(metas);
    for (const each of metas)
      checkRoots(new PageFile(fd, each), each, { isNewest: each === meta, isCopy: isCopy(metas) });
    const file = new PageFile(fd, meta);
    const free = freePages(file, meta.free);
    const tables = tablesIn(file, meta.main).sort((one, other) => pagesOf(one.tree) - pagesOf(other.tree));
    for (const table of tables) walkTable(file, table, atMost);
    for (const { first, pages } of free) takeFree(file, meta, first, pages);
    checkEnd(file, meta, free);
  });
}

/** The number of the newest transaction in a data file; undefined when it cannot be read. */
export function newestTransactionIn(fd: number): number | undefined {
  let found: number | undefined;
  unlessDamaged(() => {
    found = newest(metasIn(fd)).transaction;
  });
  return found;
}

function unlessDamaged(look: () => void): string | undefined {
  try {
    look();
    return undefined;
  } catch (error) {
    if (error instanceof Damage) return error.message;
    throw error;
  }
}

function metasIn(fd: number): readonly [Meta, Meta] {
  const first = metaAt(fd, 0, 0);
  const { pageSize } = first;
  if (pageSize < 512 || pageSize > 65_536 || !Number.isInteger(Math.log2(pageSize))) {
    throw new Damage(`its pages would be of ${pageSize} bytes`);
  }
  const second = metaAt(fd, 1, pageSize);
  if (second.pageSize !== pageSize) throw new Damage('pages 0 and 1 differ in how long a page is');
  return [first, second];
}

function metaAt(fd: number, page: number, offset: number): Meta {
  const bytes = Buffer.alloc(metaBytes);
  const length = readSync(fd, bytes, 0, metaBytes, offset);
  if (length < metaBytes) throw new Damage(page + length === 0 ? 'it is empty' : `it ends before page ${page} does`);
  const meta = metaOf(bytes);
  if (meta === undefined || headerOf(bytes).page !== page)
    throw new Damage(`page ${page} is not the beginning of a store`);
  // Transaction n writes the meta n % 2.
  if (meta.transaction === 0 || meta.transaction % 2 === page) return meta;
  throw new Damage(`page ${page} says that it is of transaction ${meta.transaction}, which writes the other one`);
}

function newest([first, second]: readonly [Meta, Meta]): Meta {
  return first.transaction >= second.transaction ? first : second;
}

/**
 * A compact copy (`mdb_env_copy2`) begins with an empty meta. Its other meta has the number `mt_txnid
 * 1`, which may be that of no transaction.
 */
function isCopy(metas: readonly Meta[]): boolean {
  return metas.some(isEmpty);
}

function isEmpty({ main, free, transaction }: Meta): boolean {
  return transaction === 0 && main.root === undefined && free.root === undefined;
}

/**
 * Each transaction writes the root of the main tree or that of the free pages. So the roots show a meta that is taken
 * for newer or older than it is, and a change that was lost. The pages of the older meta are unchanged until the next
 * transaction; the roots of a copy may be of any earlier transaction.
 */
function checkRoots(file: PageFile, meta: Meta, { isNewest, isCopy }: { isNewest: boolean; isCopy: boolean }): void {
  if (isEmpty(meta)) return;
  const { main, free, transaction } = meta;
  const bytes = Buffer.alloc(file.pageSize);
  const written = [main, free].flatMap(({ root }) => (root === undefined ? [] : [file.transactionOf(root, bytes)]));
  const newest = Math.max(...written);
  if (newest === transaction || (newest < transaction && (isCopy || !isNewest))) return;
  throw new Damage(
    `page ${transaction % 2} says that it is of transaction ${transaction}, and what it leads to is not`,
  );
}

interface Run {
  readonly first: number;
  readonly pages: number;
}

/**
 * `MDB_INTEGERKEY`, and the flags of a file or a table that this product never sets: fixed addresses, encryption,
 * duplicates.
 */
const flags = { integerKeys: 0x08, refused: 0x2077, versions: 0x100 } as const;

const freeList = 'the list of free pages';

function freePages(file: PageFile, tree: Tree): Run[] {
  if ((tree.flags & flags.integerKeys) === 0 || (tree.flags & flags.refused) !== 0) {
    throw new Damage('it has flags that no store has');
  }
  const runs: Run[] = [];
  const each = (node: Node) => {
    if (node.key.length !== 8 || node.valueKind === 'table') throw notFree();
    const { page, size } = node.valueKind === 'overflow' ? node.overflow : { page: 0, size: 0 };
    // Not `push(...runs)`: after a large deletion there are hundreds of thousands.
    for (const run of runsIn(page === 0 ? node.inline : file.readOverflow(page, size))) runs.push(run);
  };
  walkTree({ file, tree, name: freeList, reads: 'values', compare: compareNumbers, each });
  return runs;
}

/**
 * `MDB_IDL` in this variant of LMDB: a count, then that many page numbers. A negative number is the length of a run
 * that begins at the next number; 0 is a gap.
 */
function runsIn(list: Buffer): Run[] {
  const items = Math.floor(list.length / 8) - 1;
  const count = items < 0 ? undefined : list.readBigInt64LE(0);
  if (count === undefined || count < 0n || count > BigInt(items)) throw new Damage(`${freeList} is cut short`);
  const runs: Run[] = [];
  for (let index = 1; index <= Number(count); index += 1) {
    const item = list.readBigInt64LE(8 * index);
    if (item > 0n) runs.push({ first: Number(item), pages: 1 });
    if (item >= 0n) continue;
    index += 1;
    if (index > Number(count)) throw new Damage(`${freeList} is cut short`);
    runs.push({ first: Number(list.readBigInt64LE(8 * index)), pages: Number(-item) });
  }
  return runs;
}

function takeFree(file: PageFile, { lastPage }: Meta, first: number, pages: number): void {
  if (first < 2 || first + pages - 1 > lastPage) throw new Damage(`page ${first} is listed as free, and there is none`);
  const inFile = Math.min(pages, file.pages - first);
  if (inFile > 0) file.take(first, inFile, freeList);
}

/** "Actually the file may be shorter if the freeDB lists the final pages": LMDB freed those before it wrote them. */
function checkEnd(file: PageFile, { lastPage }: Meta, free: readonly Run[]): void {
  const missing = lastPage + 1 - file.pages;
  const neverWritten = free.reduce((sum, run) => sum + pagesPast(file.pages, run), 0);
  if (neverWritten < missing) throw new Damage(`it ends at page ${file.pages}, and should go on to page ${lastPage}`);
}

function pagesPast(end: number, { first, pages }: Run): number {
  return Math.min(pages, Math.max(0, first + pages - end));
}

interface Table {
  readonly name: string;
  readonly tree: Tree;
}

function tablesIn(file: PageFile, tree: Tree): Table[] {
  checkFlags('the main tree', tree);
  const tables: Table[] = [];
  const each = (node: Node) => {
    const name = `the table ${JSON.stringify(node.key.toString('latin1').replace(/\0+$/, ''))}`;
    if (node.valueKind !== 'table' || node.valueBytes !== treeBytes) throw new Damage(`${name} is none`);
    const table = { name, tree: treeOf(node.inline) };
    checkFlags(name, table.tree);
    tables.push(table);
  };
  walkTree({ file, tree, name: 'the main tree', reads: 'values', compare: Buffer.compare, each });
  return tables;
}

function checkFlags(name: string, tree: Tree): void {
  if (tree.flags !== 0 && tree.flags !== flags.versions) throw new Damage(`${name} has flags that no table has`);
}

/** The bytes before each value of a table with versions. */
const versionBytes = 8;

function walkTable(file: PageFile, { name, tree }: Table, atMost: number): void {
  const reads = readsOf(tree, atMost - file.read);
  const fewest = tree.flags === flags.versions ? versionBytes : 0;
  const each = ({ valueKind, valueBytes }: Node) => {
    if (valueKind === 'table' || valueBytes < fewest) throw new Damage(`${name} has a value that is none`);
  };
  walkTree({ file, tree, name, reads, compare: Buffer.compare, each });
}

function readsOf({ branchPages, leafPages, overflowPages, entries }: Tree, left: number): Reads {
  if (branchPages + leafPages + Math.min(overflowPages, entries) <= left) return 'values';
  return branchPages + leafPages <= left ? 'leaves' : 'branches';
}

function pagesOf({ branchPages, leafPages, overflowPages }: Tree): number {
  return branchPages + leafPages + overflowPages;
}

function compareNumbers(one: Buffer, other: Buffer): number {
  if (one.length !== 8 || other.length !== 8) throw notFree();
  const [left, right] = [one.readBigUInt64LE(0), other.readBigUInt64LE(0)];
  return left < right ? -1 : left > right ? 1 : 0;
}

function notFree(): Damage {
  return new Damage(`${freeList} has an entry that is none`);
}

/** What a data file consists of, in pages. */
export interface Survey {
  readonly pageSize: number;
  /** All pages, whether the file has them yet or not. */
  readonly pages: number;
  readonly freePages: number;
  readonly tables: readonly { readonly name: string; readonly entries: number; readonly pages: number }[];
}

/** Measures a data file without LMDB. @throws Damage */
export function surveyOf(fd: number): Survey {
  const meta = newest(metasIn(fd));
  const file = new PageFile(fd, meta);
  const freePagesCount = freePages(file, meta.free).reduce((sum, { pages }) => sum + pages, 0);
  const tables: { name: string; entries: number; pages: number }[] = [];
  const each = (node: Node) => {
    const tree = treeOf(node.inline);
    const name = node.key.toString('latin1').replace(/\0+$/, '');
    tables.push({ name, entries: tree.entries, pages: pagesOf(tree) });
  };
  walkTree({ file, tree: meta.main, name: 'the main tree', reads: 'values', compare: Buffer.compare, each });
  return { pageSize: meta.pageSize, pages: meta.lastPage + 1, freePages: freePagesCount, tables };
}
