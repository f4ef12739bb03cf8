/**
 * The first byte of a value with a checksum. At least three flipped bits would make the first character of JSON of it.
 */
const mark = 0xcc;
/** The mark, and the checksum in four bytes, big-endian. */
const headBytes = 5;

/**
 * The checksums of the values of one table: a CRC-32 over the names of the table and the key, and the value. It always
 * finds one flipped bit, and it finds a value that lies under another key.
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

  /**
   * The value behind its checksum, in the same memory; undefined when the checksum does not match this value and key.
   */
  behind(key: string, stored: Buffer): Buffer | undefined {
    if (stored.length < headBytes || stored.readUInt8(0) !== mark) return undefined;
    return stored.readUInt32BE(1) === this.#of(key, stored) ? stored.subarray(headBytes) : undefined;
  }

  #of(key: string, stored: Buffer): number {
    return Bun.hash.crc32(stored.subarray(headBytes), Bun.hash.crc32(`${key}\0`, this.#seed));
  }
}

/** A stored value without its checksum, which is not verified. A value without a checksum is returned whole. */
export function withoutChecksum(stored: Buffer): Buffer {
  return stored[0] === mark ? stored.subarray(headBytes) : stored;
}
