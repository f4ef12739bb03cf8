/** The first byte of what has one. It takes three flipped bits or more to make the first character of JSON of it. */
const mark = 0xcc;
/** The mark, and the checksum in four bytes, big-endian. */
const headBytes = 5;

/**
 * The checksums of the values of one table: a CRC-32 over the names of the table and the key, and the value. One bit that
 * was flipped is always found, and so is a value that is not where it was written.
 */
export class Checksums {
  readonly #seed: number;

  constructor(table: string) {
    this.#seed = Bun.hash.crc32(`${table}\0`);
  }

  /** The value as it is stored, behind its checksum. */
  before(key: string, value: string | Uint8Array): Buffer {
    const length = typeof value === 'string' ? Buffer.byteLength(value) : value.length;
    const stored = Buffer.allocUnsafe(headBytes + length);
    if (typeof value === 'string') stored.write(value, headBytes);
    else stored.set(value, headBytes);
    stored.writeUInt8(mark, 0);
    stored.writeUInt32BE(this.#of(key, stored), 1);
    return stored;
  }

  /** The value behind its checksum, in the same memory; undefined when that is not the one of this value under this key. */
  behind(key: string, stored: Buffer): Buffer | undefined {
    if (stored.length < headBytes || stored.readUInt8(0) !== mark) return undefined;
    return stored.readUInt32BE(1) === this.#of(key, stored) ? stored.subarray(headBytes) : undefined;
  }

  #of(key: string, stored: Buffer): number {
    return Bun.hash.crc32(stored.subarray(headBytes), Bun.hash.crc32(`${key}\0`, this.#seed));
  }
}

/** What is stored, without looking whether its checksum is right; all of it when it has none. */
export function withoutChecksum(stored: Buffer): Buffer {
  return stored[0] === mark ? stored.subarray(headBytes) : stored;
}
