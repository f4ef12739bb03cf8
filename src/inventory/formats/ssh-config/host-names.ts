import { type ConfigLine, everyLine, type HostLine } from './config-line.ts';

/** A name that a `Host` line gives without a wildcard, and all lines that do. */
export interface HostName {
  name: string;
  lines: readonly HostLine[];
}

/** The names of hosts in the order of the files. */
export function hostNames(lines: readonly ConfigLine[]): HostName[] {
  const names = new Map<string, HostLine[]>();
  for (const line of hostLines(lines)) {
    for (const name of line.words.filter((word) => !/[*?]|^!/.test(word))) {
      names.set(name, [...(names.get(name) ?? []), line]);
    }
  }
  return Array.from(names, ([name, given]) => ({ name, lines: given }));
}

/** The patterns for several hosts, which name none; `*` alone is left out. */
export function groupPatterns(lines: readonly ConfigLine[]): { pattern: string; line: HostLine }[] {
  return hostLines(lines).flatMap((line) =>
    line.words
      .filter((pattern) => /[*?]/.test(pattern) && !/^!|^\*+$/.test(pattern))
      .map((pattern) => ({ pattern, line })),
  );
}

function hostLines(lines: readonly ConfigLine[]): HostLine[] {
  return everyLine(lines).filter((line) => line.kind === 'host');
}
