/** Characters of the longest text. There may be more texts than a call takes arguments. */
export function widthOf(texts: readonly string[]): number {
  return texts.reduce((widest, { length }) => Math.max(widest, length), 0);
}
