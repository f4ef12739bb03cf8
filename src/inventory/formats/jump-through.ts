/** The jump hosts of a line of ssh; names that the same file defines are replaced by their addresses. */
export function jumpThrough(line: string, addresses: ReadonlyMap<string, string>): string {
  return line
    .split(',')
    .map((name) => addresses.get(name.trim()) ?? name.trim())
    .join(',');
}
