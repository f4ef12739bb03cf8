/**
 * The layout of an LMDB data file: `MDB_page_header`, `MDB_meta`, `MDB_db`, `MDB_node` and `MDB_ovpage` in
 * `dependencies/lmdb/libraries/liblmdb/mdb.c` of the package lmdb 3.5.6, built for 64 bits and little endian, as every
 * target of this product is. All numbers come from the file; none can be trusted.
 */

const metaMagic = 0xbeefc0de;
const metaVersion = 2;
/** `PAGEHDRSZ`. Offsets of nodes, and the bounds of free space, count from its end (`PAGEBASE`). */
export const headerBytes = 24;
/** The first bytes of a page, which contain a whole meta. */
export const metaBytes = headerBytes + 144;
/** The size of an `MDB_db`, which is also what the main tree stores for each table. */
export const treeBytes = 48;
/** The size of an `MDB_ovpage`, which refers to a value in pages of its own. */
const overflowReferenceBytes = 24;
const nodeHeaderBytes = 8;
const pageFlags = { branch: 0x01, leaf: 0x02, overflow: 0x04, meta: 0x08 } as const;
const nodeFlags = { overflow: 0x01, table: 0x02 } as const;

export type PageKind = keyof typeof pageFlags;

export interface PageHeader {
  /** The number that the page says it has. */
  readonly page: number;
  /** The transaction that wrote it. */
  readonly transaction: number;
  /** Undefined for an unknown kind. */
  readonly kind: PageKind | undefined;
}

/** `MDB_db`: a tree of pages with the entries of one table. */
export interface Tree {
  readonly flags: number;
  readonly depth: number;
  readonly branchPages: number;
  readonly leafPages: number;
  readonly overflowPages: number;
  readonly entries: number;
  /** Undefined for a tree without entries. */
  readonly root: number | undefined;
}

/** `MDB_meta`: where one snapshot of everything begins. */
export interface Meta {
  readonly pageSize: number;
  readonly lastPage: number;
  readonly transaction: number;
  readonly free: Tree;
  readonly main: Tree;
}

export interface OverflowReference {
  readonly page: number;
  readonly pages: number;
  /** The size of the value in bytes. */
  readonly size: number;
}

export function headerOf(page: Buffer): PageHeader {
  const flags = page.readUInt16LE(18);
  const kind = (Object.keys(pageFlags) as PageKind[]).find((name) => pageFlags[name] === flags);
  return { page: number64(page, 0), transaction: number64(page, 8), kind };
}

/** How many pages the value has, as the header of an overflow page says. */
export function overflowPagesOf(page: Buffer): number {
  return page.readUInt32LE(20);
}

/** Undefined for a page that is no meta of this version of the format. */
export function metaOf(page: Buffer): Meta | undefined {
  if (headerOf(page).kind !== 'meta') return undefined;
  const meta = page.subarray(headerBytes);
  if (meta.readUInt32LE(0) !== metaMagic || meta.readUInt32LE(4) !== metaVersion) return undefined;
  return {
    // A member of the tree of free pages that has no other use contains it.
    pageSize: meta.readUInt32LE(24),
    free: treeOf(meta.subarray(24)),
    main: treeOf(meta.subarray(24 + treeBytes)),
    lastPage: number64(meta, 120),
    transaction: number64(meta, 128),
  };
}

export function treeOf(bytes: Buffer): Tree {
  return {
    flags: bytes.readUInt16LE(4),
    depth: bytes.readUInt16LE(6),
    branchPages: number64(bytes, 8),
    leafPages: number64(bytes, 16),
    overflowPages: number64(bytes, 24),
    entries: number64(bytes, 32),
    // `P_INVALID`, all bits, for a tree without a page.
    root: bytes.subarray(40, 48).every((byte) => byte === 0xff) ? undefined : number64(bytes, 40),
  };
}

/** How many nodes a branch or a leaf has; undefined when its bounds of free space are impossible. */
export function nodeCountOf(page: Buffer): number | undefined {
  const lower = page.readUInt16LE(20);
  const upper = page.readUInt16LE(22);
  return lower % 2 === 0 && lower <= upper && upper <= page.length - headerBytes ? lower / 2 : undefined;
}

/** How many bytes of a page its nodes take. They leave no gap between them. */
export function usedBytesOf(page: Buffer): number {
  return page.length - headerBytes - page.readUInt16LE(22);
}

/** A key and what it leads to: a page in a branch, a value in a leaf. */
export class Node {
  /** Whether the node lies within the used part of the page. If not, its other members mean nothing. */
  readonly isWithin: boolean;
  /** How many bytes it takes in the page. */
  readonly bytes: number;
  readonly #page: Buffer;
  readonly #start: number;
  readonly #keyEnd: number;
  readonly #end: number;
  readonly #flags: number;

  constructor(page: Buffer, index: number, isLeaf: boolean) {
    this.#page = page;
    this.#start = headerBytes + page.readUInt16LE(headerBytes + 2 * index);
    const lowest = headerBytes + page.readUInt16LE(22);
    const hasHeader = this.#start >= lowest && this.#start + nodeHeaderBytes <= page.length;
    this.#flags = hasHeader && isLeaf ? page.readUInt16LE(this.#start + 4) : 0;
    this.#keyEnd = this.#start + nodeHeaderBytes + (hasHeader ? page.readUInt16LE(this.#start + 6) : 0);
    const isOverflow = this.#flags === nodeFlags.overflow;
    const inline = isOverflow ? overflowReferenceBytes : hasHeader && isLeaf ? this.valueBytes : 0;
    this.#end = this.#keyEnd + inline;
    this.isWithin = hasHeader && this.#end <= page.length;
    const length = this.#end - this.#start;
    this.bytes = length + (length % 2);
  }

  get key(): Buffer {
    return this.#page.subarray(this.#start + nodeHeaderBytes, this.#keyEnd);
  }

  /** In a branch: the page that it leads to. */
  get child(): number {
    return this.#page.readUInt32LE(this.#start) + this.#page.readUInt16LE(this.#start + 4) * 2 ** 32;
  }

  /** In a leaf: the length of the value, wherever it is stored. */
  get valueBytes(): number {
    return this.#page.readUInt32LE(this.#start);
  }

  /** In a leaf: the kind of the value. Undefined for flags that this product never sets. */
  get valueKind(): 'inline' | 'overflow' | 'table' | undefined {
    if (this.#flags === 0) return 'inline';
    if (this.#flags === nodeFlags.overflow) return 'overflow';
    return this.#flags === nodeFlags.table ? 'table' : undefined;
  }

  /** In a leaf: the part of the value that is in the page. */
  get inline(): Buffer {
    return this.#page.subarray(this.#keyEnd, this.#end);
  }

  /** In a leaf: the reference to a value in pages of its own. */
  get overflow(): OverflowReference {
    const reference = this.inline;
    return { page: number64(reference, 0), pages: number64(reference, 16), size: this.valueBytes };
  }
}

/** Above 2^53 the result is inexact, but no valid number is that large. */
function number64(bytes: Buffer, offset: number): number {
  return bytes.readUInt32LE(offset) + bytes.readUInt32LE(offset + 4) * 2 ** 32;
}
