/** The content of a table cell, and how wide it may be. */
export interface Cell {
  readonly text: string;
  /** The most terminal cells. */
  readonly most: number;
  /** Whether it becomes narrower when the rows are wider than the screen. */
  readonly yields: boolean;
}

/** A text of which one line is enough: the default for unmarked text. */
export function brief(text: string): Cell {
  return { text, most: mostOfBrief, yields: true };
}

/** A text to be copied: names, addresses, ids, keys, fingerprints. Never cut. */
export function whole(text: string): Cell {
  return { text, most: Number.POSITIVE_INFINITY, yields: false };
}

/** A text to be read in full, such as the error of one record: cut only beyond any readable length. */
export function prose(text: string): Cell {
  return { text, most: mostOfProse, yields: false };
}

const mostOfBrief = 120;
const mostOfProse = 4096;
