/** The `ETag`s that answers came with, kept as long as the answers are. Nothing is added to what was answered. */
export class Etags {
  readonly #tags = new WeakMap<object, string>();

  keep(answer: unknown, { headers }: Response): void {
    const tag = headers.get('etag');
    if (tag !== null && typeof answer === 'object' && answer !== null) this.#tags.set(answer, tag);
  }

  /**
   * The tag of what a call that reads resolved to, for `ifMatch`. It stays the one that was read, whatever is done to the
   * answer here.
   *
   * @throws TypeError for what came without one: a copy of an answer, or the answer to a change
   */
  readonly of = (answer: object): string => {
    const tag = this.#tags.get(answer);
    if (tag === undefined) throw new TypeError('no ETag came with this: give the very object that a read resolved to');
    return tag;
  };
}
