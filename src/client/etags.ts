/** The `ETag`s of answers, kept as long as the answers. The answers themselves are not changed. */
export class Etags {
  readonly #tags = new WeakMap<object, string>();

  keep(answer: unknown, { headers }: Response): void {
    const tag = headers.get('etag');
    if (tag !== null && typeof answer === 'object' && answer !== null) this.#tags.set(answer, tag);
  }

  /**
   * The tag of the answer to a read, for `ifMatch`. It stays the same when the caller changes the answer object.
   *
   * @throws TypeError for an object without one: a copy of an answer, or the answer to a change
   */
  readonly of = (answer: object): string => {
    const tag = this.#tags.get(answer);
    if (tag === undefined) throw new TypeError('no ETag came with this: give the very object that a read resolved to');
    return tag;
  };
}
