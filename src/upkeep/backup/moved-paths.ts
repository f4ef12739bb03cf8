/**
 * A configuration with all paths in one directory changed to another. Undefined when there are none, or the text is not JSON.
 *
 * @param from both absolute
 */
export function movedPaths(text: string, from: string, to: string): string | undefined {
  let count = 0;
  const moved = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(moved);
    if (typeof value === 'object' && value !== null) {
      return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, moved(each)]));
    }
    if (typeof value !== 'string' || !(value === from || value.startsWith(`${from}/`))) return value;
    count += 1;
    return to + value.slice(from.length);
  };
  const parsed = jsonIn(text);
  const changed = moved(parsed);
  return parsed === undefined || count === 0 ? undefined : `${JSON.stringify(changed, null, 2)}\n`;
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
