/** The jump hosts of a line of ssh, those with a name in the same file by their addresses. */
export function jumpThrough(line: string, addresses: ReadonlyMap<string, string>): string {
  return line
    .split(',')
    .map((name) => addresses.get(name.trim()) ?? name.trim())
    .join(',');
}
