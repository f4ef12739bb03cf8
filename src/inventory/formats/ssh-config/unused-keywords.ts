import type { Remark } from '../described-host.ts';
import { type ConfigLine, everyLine, type OptionLine } from './config-line.ts';
import { usedKeywords } from './keywords.ts';

/** One remark for each file, which names the keywords that no record of a host has a place for. */
export function unusedKeywords(lines: readonly ConfigLine[]): Remark[] {
  const files = new Map<string | undefined, Map<string, OptionLine[]>>();
  for (const line of everyLine(lines)) {
    if (line.kind !== 'option' || usedKeywords.has(line.keyword)) continue;
    const keywords = files.get(line.file) ?? new Map<string, OptionLine[]>();
    files.set(line.file, keywords.set(line.keyword, [...(keywords.get(line.keyword) ?? []), line]));
  }
  return Array.from(files, ([file, keywords]) => {
    const groups = [...keywords.values()];
    const message = `not used: ${groups.map(described).join(', ')}`;
    return { line: groups[0]?.[0]?.line ?? 1, ...(file === undefined ? {} : { file }), message };
  });
}

function described(lines: readonly OptionLine[]): string {
  const numbers = [...new Set(lines.map(({ line }) => line))];
  return `${lines[0]?.written} (${numbers.length === 1 ? 'line' : 'lines'} ${numbers.join(', ')})`;
}
