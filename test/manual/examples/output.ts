/**
 * The first line of the shown output that the printed one does not have, from 0; undefined when they agree.
 *
 * `…` stands for any text, and a line of it alone for any lines. Ids, times, durations, fingerprints and hashes agree
 * when they have the same form. Several blanks count as one, because columns are as wide as their values.
 */
export function disagreement(shown: readonly string[], printed: readonly string[]): number | undefined {
  const wanted = trimmed(shown);
  const got = trimmed(printed);
  let furthest = 0;
  const agrees = (from: number, at: number): boolean => {
    furthest = Math.max(furthest, from);
    if (from === wanted.length) return at === got.length;
    const line = wanted[from] ?? '';
    if (line.trim() === '…') {
      for (let next = at; next <= got.length; next += 1) if (agrees(from + 1, next)) return true;
      return false;
    }
    const text = got[at];
    return text !== undefined && patternOf(line).test(spaced(text)) && agrees(from + 1, at + 1);
  };
  if (agrees(0, 0)) return undefined;
  // The blank lines at the beginning were left out.
  return Math.min(furthest + shown.findIndex((line) => line.trim() !== ''), shown.length - 1);
}

function trimmed(lines: readonly string[]): string[] {
  const isFull = (line: string) => line.trim() !== '';
  return lines.slice(Math.max(0, lines.findIndex(isFull)), lines.findLastIndex(isFull) + 1);
}

function spaced(line: string): string {
  return line.trim().replaceAll(/\s+/g, ' ');
}

/** What differs from run to run, by its form. The first form that a text has counts. */
const forms: readonly RegExp[] = [
  /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/,
  /SHA256:(?:[0-9A-F]{2}(?::[0-9A-F]{2}){31}|[A-Za-z0-9+/]{43})/,
  /\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}/,
  /\$argon2id\$[$=,+/A-Za-z0-9]+/,
  /\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?Z?/,
  /\b(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+\b/,
  /\b\d+(?:\.\d+)? (?:KiB|MiB|GiB|TiB)\b/,
];
const anyForm = new RegExp(forms.map(({ source }) => `(${source})`).join('|'), 'g');

function patternOf(line: string): RegExp {
  const text = spaced(line);
  let pattern = '';
  let at = 0;
  for (const match of text.matchAll(anyForm)) {
    const form = forms[match.slice(1).findIndex((group) => group !== undefined)];
    pattern += `${literal(text.slice(at, match.index))}${form?.source ?? ''}`;
    at = match.index + match[0].length;
  }
  return new RegExp(`^${pattern}${literal(text.slice(at))}$`);
}

function literal(text: string): string {
  return text.split('…').map(RegExp.escape).join('.*');
}
