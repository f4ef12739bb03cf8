/**
 * The manual in one file: a line of JSON that says where each page is, and behind it the pages, each compressed with
 * gzip, as browsers take them. A page is read from the file when somebody asks for it.
 */
export interface PackedPage {
  /** Behind the first line, in bytes. */
  readonly at: number;
  readonly length: number;
  /** An entity tag (RFC 9110, 8.8.3). */
  readonly etag: string;
}

/** A part of the manual that was found, still compressed. */
export interface FoundPage {
  readonly etag: string;
  readonly compressed: Blob;
}

/** @param files by name, such as `targets.html` */
export function packOf(files: ReadonlyMap<string, string>): Uint8Array {
  const pages: Record<string, PackedPage> = {};
  const parts: Uint8Array[] = [];
  let at = 0;
  for (const [name, text] of [...files].toSorted(([one], [other]) => (one < other ? -1 : 1))) {
    const compressed = Bun.gzipSync(text, { level: 9 });
    pages[name] = { at, length: compressed.length, etag: `"${Bun.hash(text).toString(36)}"` };
    parts.push(compressed);
    at += compressed.length;
  }
  return Buffer.concat([Buffer.from(`${JSON.stringify(pages)}\n`), ...parts]);
}

/** Reads a pack. Its first line is read once. */
export class Pack {
  readonly #file: Blob;
  #index: Promise<Index> | undefined;

  constructor(file: Blob) {
    this.#file = file;
  }

  async find(name: string): Promise<FoundPage | undefined> {
    this.#index ??= indexOf(this.#file);
    const { pages, begin } = await this.#index;
    const page = pages.get(name);
    if (page === undefined) return undefined;
    const from = begin + page.at;
    return { etag: page.etag, compressed: this.#file.slice(from, from + page.length) };
  }
}

interface Index {
  readonly pages: ReadonlyMap<string, PackedPage>;
  /** Where the first page begins, in bytes. */
  readonly begin: number;
}

async function indexOf(file: Blob): Promise<Index> {
  const bytes = await file.bytes();
  const end = bytes.indexOf(0x0a);
  const pages: Record<string, PackedPage> = JSON.parse(new TextDecoder().decode(bytes.subarray(0, end)));
  return { pages: new Map(Object.entries(pages)), begin: end + 1 };
}
