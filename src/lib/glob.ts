/**
 * Whether the text is like the pattern, in which `*` stands for any characters and `?` for one. Takes time in the product
 * of their lengths at most: patterns come from outside.
 */
export function matchesGlob(pattern: string, text: string): boolean {
  let [at, read] = [0, 0];
  /** Behind the last star, and how far the text was when it was met: it takes one more each time the rest does not fit. */
  let [star, taken] = [-1, 0];
  while (read < text.length) {
    const wanted = pattern[at];
    if (wanted === '*') {
      at += 1;
      [star, taken] = [at, read];
    } else if (wanted !== undefined && (wanted === '?' || wanted === text[read])) {
      at += 1;
      read += 1;
    } else if (star >= 0) {
      taken += 1;
      [at, read] = [star, taken];
    } else {
      return false;
    }
  }
  while (pattern[at] === '*') at += 1;
  return at === pattern.length;
}
