/** The content of a table cell, and how wide it may be. */
export interface Cell {
  readonly text: string;
  /** The most terminal cells. */
  readonly most: number;
  /** Whether it becomes narrower when the rows are wider than the screen. */
  readonly yields: boolean;
  /** For a text that is a timestamp: shown as a date, or on a screen as what has passed since then, or is left. */
  readonly time?: 'date' | 'since' | 'until';
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

/** A timestamp of the contract, or nothing: when something was, in a record. */
export function date(timestamp: string): Cell {
  return { ...whole(timestamp), time: 'date' };
}

/** The same in a list: how long ago it was. */
export function since(timestamp: string): Cell {
  return { ...whole(timestamp), time: 'since' };
}

/** The same for what may be in the future. */
export function until(timestamp: string): Cell {
  return { ...whole(timestamp), time: 'until' };
}

const mostOfBrief = 120;
const mostOfProse = 4096;
