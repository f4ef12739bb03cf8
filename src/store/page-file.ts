import { fstatSync, readSync } from 'node:fs';
import { headerBytes, headerOf, type Meta, overflowPagesOf, type PageKind } from './file-layout.ts';

/** The damage of a data file. The message follows "the file is damaged:". */
export class Damage extends Error {}

/** The pages of a data file, as one snapshot has them. Each page may belong to one owner only. */
export class PageFile {
  readonly pageSize: number;
  /** How many whole pages there are. */
  readonly pages: number;
  /** How many were read. */
  read = 0;
  readonly #fd: number;
  readonly #meta: Meta;
  /** One bit for each page that has an owner. */
  readonly #taken: Uint8Array;
  readonly #header = Buffer.alloc(headerBytes);

  constructor(fd: number, meta: Meta) {
    this.#fd = fd;
    this.#meta = meta;
    this.pageSize = meta.pageSize;
    this.pages = Math.floor(fstatSync(fd).size / meta.pageSize);
    this.#taken = new Uint8Array(Math.ceil(this.pages / 8));
  }

  /**
   * Reads a page of a tree.
   *
   * @param into a buffer as long as a page
   * @throws Damage when the page has another number, or is neither a branch nor a leaf
   */
  readTreePage(page: number, into: Buffer): 'branch' | 'leaf' {
    this.#fill(into, page);
    const kind = this.#checkHeader(page, into);
    if (kind === 'branch' || kind === 'leaf') return kind;
    throw new Damage(`page ${page} is not a page of a tree`);
  }

  /** The transaction that wrote a page of a tree. @throws Damage */
  transactionOf(page: number, into: Buffer): number {
    this.readTreePage(page, into);
    return headerOf(into).transaction;
  }

  /** Checks the first of the pages of a long value. @throws Damage */
  checkOverflow(page: number, pages: number): void {
    this.#fill(this.#header, page);
    if (this.#checkHeader(page, this.#header) === 'overflow' && overflowPagesOf(this.#header) === pages) return;
    throw new Damage(`page ${page} is not the beginning of a value of ${pages} pages`);
  }

  /** Reads the bytes of a long value from its pages. */
  readOverflow(page: number, size: number): Buffer {
    const value = Buffer.alloc(size);
    if (readSync(this.#fd, value, 0, size, page * this.pageSize + headerBytes) < size) throw this.#outside(page);
    return value;
  }

  /** Notes the owner of these pages. @throws Damage when they are not all in the file, or one has an owner already */
  take(first: number, pages: number, owner: string): void {
    const end = first + pages;
    if (first < 2 || end > this.pages || end - 1 > this.#meta.lastPage) {
      throw new Damage(`${owner} has page ${first < 2 ? first : end - 1}, and the file has none of that number`);
    }
    for (let page = first; page < end; page += 1) {
      const bit = 1 << (page & 7);
      const bits = this.#taken[page >> 3] ?? 0;
      if ((bits & bit) !== 0) throw new Damage(`page ${page} belongs to ${owner} and to something else`);
      this.#taken[page >> 3] = bits | bit;
    }
  }

  #fill(bytes: Buffer, page: number): void {
    this.read += 1;
    if (page >= this.pages || readSync(this.#fd, bytes, 0, bytes.length, page * this.pageSize) < bytes.length)
      throw this.#outside(page);
  }

  #checkHeader(page: number, bytes: Buffer): PageKind | undefined {
    const header = headerOf(bytes);
    if (header.page !== page) throw new Damage(`page ${page} says that it is page ${header.page}`);
    // LMDB would write in place to a page of a later transaction.
    if (header.transaction <= this.#meta.transaction) return header.kind;
    throw new Damage(`page ${page} is of a transaction that was not yet`);
  }

  #outside(page: number): Damage {
    return new Damage(`the file ends before page ${page} does`);
  }
}
