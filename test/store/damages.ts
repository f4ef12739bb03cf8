/** A data file with something wrong in it. */
export interface Damage {
  readonly what: string;
  /** The page that is damaged; undefined when it is more than one. */
  readonly page?: number;
  apply(file: Buffer): Buffer;
}

export const pageBytes = 4096;
const metaBytes = 24 + 144;
const headerBytes = 24;
/** The page number, the transaction that wrote it, slightly and very much later, the flags, the bounds of free space. */
const headerFields = [0, 8, 13, 18, 20, 22];
/** The length of the value, or the page that it leads to; the flags; the length of the key. */
const nodeFields = [0, 1, 2, 4, 6];

/** Everything that can be wrong with the headers and the ends of a file, one at a time; `every` bit, or one of each field. */
export function damagesOf(file: Buffer, every: boolean): Damage[] {
  const pages = Array.from({ length: file.length / pageBytes }, (_, page) => page);
  const bits = every ? [0, 1, 2, 3, 4, 5, 6, 7] : [1];
  return [
    { what: 'nothing', apply: (bytes) => bytes },
    { what: 'the whole file is zero', apply: (bytes) => Buffer.alloc(bytes.length) },
    ...pages.map((page) => cutAt(page * pageBytes)),
    ...pages.map((page) => cutAt(page * pageBytes + 2048)),
    ...pages.map(zeroed),
    ...pages
      .filter((page) => hasHeader(file, page))
      .flatMap((page) => (every ? everyHeaderBit(page) : headerBits(page))),
    ...pages.filter((page) => isOfTree(file, page)).flatMap((page) => nodeDamages(file, page)),
    ...[0, 1].flatMap((page) =>
      Array.from({ length: metaBytes }, (_, offset) => bits.map((bit) => flipped(page, offset, bit))).flat(),
    ),
  ];
}

/** The pages in the middle of a long value have none: there is nothing in them but the value. */
function hasHeader(file: Buffer, page: number): boolean {
  return file.readBigUInt64LE(page * pageBytes) === BigInt(page);
}

/** Whether it is a leaf or a branch, of now or of before. */
function isOfTree(file: Buffer, page: number): boolean {
  return hasHeader(file, page) && [1, 2].includes(file.readUInt16LE(page * pageBytes + 18));
}

/** What is wrong with the newest node of a page, which is the lowest; the page without it is as if that was never written. */
function nodeDamages(file: Buffer, page: number): Damage[] {
  const at = page * pageBytes;
  const lower = file.readUInt16LE(at + 20);
  const upper = file.readUInt16LE(at + 22);
  const node = headerBytes + upper;
  const pointers = Array.from({ length: lower / 2 }, (_, index) => file.readUInt16LE(at + headerBytes + 2 * index));
  const index = pointers.indexOf(upper);
  const next = Math.min(pageBytes - headerBytes, ...pointers.filter((pointer) => pointer > upper));
  const without: Damage = {
    what: `page ${page} lacks its newest node`,
    page,
    apply(bytes) {
      const copy = Buffer.from(bytes);
      const left = pointers.filter((_, place) => place !== index);
      for (const [place, pointer] of left.entries()) copy.writeUInt16LE(pointer, at + headerBytes + 2 * place);
      copy.writeUInt16LE(lower - 2, at + 20);
      copy.writeUInt16LE(next, at + 22);
      return copy;
    },
  };
  return [without, ...nodeFields.map((offset) => flipped(page, node + offset, 1))];
}

function headerBits(page: number): Damage[] {
  return headerFields.map((offset) => flipped(page, offset, 1));
}

function everyHeaderBit(page: number): Damage[] {
  return Array.from({ length: 24 * 8 }, (_, index) => flipped(page, index >> 3, index & 7));
}

function cutAt(length: number): Damage {
  return { what: `cut at byte ${length}`, apply: (bytes) => bytes.subarray(0, length) };
}

function zeroed(page: number): Damage {
  return {
    what: `page ${page} is zero`,
    page,
    apply: (bytes) => Buffer.from(bytes).fill(0, page * pageBytes, (page + 1) * pageBytes),
  };
}

function flipped(page: number, offset: number, bit: number): Damage {
  return {
    what: `bit ${bit} of byte ${offset} of page ${page} is flipped`,
    page,
    apply(bytes) {
      const copy = Buffer.from(bytes);
      const at = page * pageBytes + offset;
      copy.writeUInt8(copy.readUInt8(at) ^ (1 << bit), at);
      return copy;
    },
  };
}
