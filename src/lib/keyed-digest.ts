/** The block size of SHA-256 (RFC 2104: B). */
const blockBytes = 64;
const digestBytes = 32;

/**
 * HMAC-SHA-256 (RFC 2104) of many texts under one key. The runtime's implementation allocates an object for each text,
 * and collecting those costs a multiple of the digest when every request needs one.
 */
export class KeyedDigest {
  /** The inner padding, with room for a text behind it. */
  #inner: Buffer;
  readonly #outer: Buffer;
  readonly #innerDigest: Uint8Array;

  /** @param key at most 64 bytes */
  constructor(key: Uint8Array) {
    if (key.length > blockBytes) throw new RangeError(`a key has ${blockBytes} bytes at most`);
    const padded = Buffer.alloc(blockBytes);
    padded.set(key);
    this.#inner = Buffer.alloc(1024);
    this.#inner.set(padded.map((byte) => byte ^ 0x36));
    this.#outer = Buffer.alloc(blockBytes + digestBytes);
    this.#outer.set(padded.map((byte) => byte ^ 0x5c));
    this.#innerDigest = this.#outer.subarray(blockBytes);
  }

  /** The digest in base64. */
  of(text: string): string {
    const length = Buffer.byteLength(text);
    if (this.#inner.length < blockBytes + length) this.#inner = this.#grown(length);
    this.#inner.write(text, blockBytes);
    Bun.SHA256.hash(this.#inner.subarray(0, blockBytes + length), this.#innerDigest);
    // The text may be a secret.
    this.#inner.fill(0, blockBytes, blockBytes + length);
    return Bun.SHA256.hash(this.#outer, 'base64');
  }

  #grown(length: number): Buffer {
    const grown = Buffer.alloc(blockBytes + 2 * length);
    this.#inner.copy(grown, 0, 0, blockBytes);
    return grown;
  }
}
