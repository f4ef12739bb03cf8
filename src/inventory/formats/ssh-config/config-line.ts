import type { Criterion } from './match.ts';
import type { Patterns } from './patterns.ts';

/** Where a line stands. */
export interface Place {
  line: number;
  /** The included file; absent in the file itself. */
  file?: string;
}

export interface HostLine extends Place {
  kind: 'host';
  words: readonly string[];
  patterns: Patterns;
}

interface MatchLine extends Place {
  kind: 'match';
  criteria: readonly Criterion[];
}

interface IncludeLine extends Place {
  kind: 'include';
  files: readonly (readonly ConfigLine[])[];
}

export interface OptionLine extends Place {
  kind: 'option';
  /** In lower case. */
  keyword: string;
  /** The keyword as written. */
  written: string;
  value: string;
}

/** A line of a configuration, with the lines of the files that it includes. */
export type ConfigLine = HostLine | MatchLine | IncludeLine | OptionLine;

/** All lines, those of included files where they are included. */
export function everyLine(lines: readonly ConfigLine[]): ConfigLine[] {
  return lines.flatMap((line) => (line.kind === 'include' ? line.files.flatMap(everyLine) : [line]));
}
