/**
 * The names that a pattern of an inventory means: `web[01:20]`, `db-[a:c]`, `r[1:9:2]`; a name without brackets means
 * itself.
 */
export function namesOf(pattern: string): string[] {
  const [all, first = '', last = '', step = '1'] = range.exec(pattern) ?? [];
  if (all === undefined) return [pattern];
  const at = pattern.indexOf(all);
  const [before, after] = [pattern.slice(0, at), pattern.slice(at + all.length)];
  return valuesOf(first, last, Number(step)).flatMap((value) => namesOf(after).map((rest) => before + value + rest));
}

const range = /\[(\d+|[A-Za-z]):(\d+|[A-Za-z])(?::(\d+))?\]/;

/** The most names of one range: a typing error must not fill the memory. */
const most = 100_000;

/** Empty when the range makes no sense. */
function valuesOf(first: string, last: string, step: number): string[] {
  const numeric = /^\d/.test(first);
  if (numeric !== /^\d/.test(last) || step < 1) return [];
  const [low, high] = numeric ? [Number(first), Number(last)] : [first.charCodeAt(0), last.charCodeAt(0)];
  const count = Math.min(most, Math.floor((high - low) / step) + 1);
  return Array.from({ length: Math.max(0, count) }, (_, index) => {
    const value = low + index * step;
    return numeric ? String(value).padStart(first.length, '0') : String.fromCharCode(value);
  });
}
