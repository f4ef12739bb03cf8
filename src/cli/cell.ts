/** What stands in a table, and how wide it may be. */
export interface Cell {
  readonly text: string;
  /** Terminal cells. */
  readonly most: number;
  /** Whether it gives way where the rows are wider than the screen. */
  readonly yields: boolean;
}

/** What a person reads one line of: the rule, for what is marked as nothing else. */
export function brief(text: string): Cell {
  return { text, most: mostOfBrief, yields: true };
}

/** What a person copies: names, addresses, ids, keys, fingerprints. Never cut. */
export function whole(text: string): Cell {
  return { text, most: Number.POSITIVE_INFINITY, yields: false };
}

/** What a person reads to its end, as the errors of one record: cut only where nobody wrote it for reading. */
export function prose(text: string): Cell {
  return { text, most: mostOfProse, yields: false };
}

const mostOfBrief = 120;
const mostOfProse = 4096;
