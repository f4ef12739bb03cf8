/** The most bytes that are kept of what came before the mark. */
const mostBefore = 400;

/** Takes a stream, and passes on what follows a mark in it. */
export class AfterMark {
  found = false;
  readonly #mark: Buffer;
  /** The end of what came, as much as may be the beginning of the mark. */
  #end: Uint8Array = new Uint8Array();
  #before: Buffer = Buffer.alloc(0);

  constructor(mark: string) {
    this.#mark = Buffer.from(mark);
  }

  /** What is not part of the mark, and follows it. */
  take(chunk: Uint8Array): Uint8Array {
    if (this.found) return chunk;
    const seen = Buffer.concat([this.#end, chunk]);
    const at = seen.indexOf(this.#mark);
    this.found = at >= 0;
    const rest = this.found ? at : Math.max(0, seen.length - this.#mark.length + 1);
    this.#keep(seen.subarray(0, rest));
    this.#end = this.found ? new Uint8Array() : seen.subarray(rest);
    return this.found ? seen.subarray(at + this.#mark.length) : new Uint8Array();
  }

  /** The beginning of what came before the mark, or of all when there was none. */
  get before(): string {
    return Buffer.concat([this.#before, this.#end]).subarray(0, mostBefore).toString('utf8');
  }

  #keep(chunk: Uint8Array): void {
    const room = mostBefore - this.#before.length;
    if (room > 0) this.#before = Buffer.concat([this.#before, chunk.subarray(0, room)]);
  }
}
