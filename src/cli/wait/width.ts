/** The length of the longest text. `Math.max` cannot take as many arguments as there may be texts. */
export function widthOf(texts: readonly string[]): number {
  return texts.reduce((widest, { length }) => Math.max(widest, length), 0);
}
