import { damaged } from './damaged.ts';

/** Reads a stream of bytes in pieces of known sizes. It holds one piece and one chunk of the stream at a time. */
export class ByteReader {
  readonly #source: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array();

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** The next bytes, at most `most` of them; undefined at the end. They are valid until the next call. */
  async some(most: number): Promise<Uint8Array | undefined> {
    while (this.#rest.length === 0) {
      const { done, value } = await this.#source.next();
      if (done === true) return undefined;
      this.#rest = value;
    }
    const piece = this.#rest.subarray(0, most);
    this.#rest = this.#rest.subarray(piece.length);
    return piece;
  }

  /** The next bytes, fewer than `size` only at the end of the stream. */
  async upTo(size: number): Promise<Buffer> {
    const bytes = Buffer.alloc(size);
    let length = 0;
    while (length < size) {
      const piece = await this.some(size - length);
      if (piece === undefined) return bytes.subarray(0, length);
      bytes.set(piece, length);
      length += piece.length;
    }
    return bytes;
  }

  /** Exactly so many bytes. @throws AppError `backup_damaged` when the stream ends before */
  async exactly(size: number): Promise<Buffer> {
    const bytes = await this.upTo(size);
    if (bytes.length === size) return bytes;
    throw damaged('it is cut short');
  }

  /** What is left of the stream. */
  async *remaining(): AsyncGenerator<Uint8Array> {
    for (let piece = await this.some(chunkBytes); piece !== undefined; piece = await this.some(chunkBytes)) yield piece;
  }

  /** Lets go of the stream, wherever it is. */
  async stop(): Promise<void> {
    await this.#source.return?.();
  }
}

const chunkBytes = 1024 * 1024;
