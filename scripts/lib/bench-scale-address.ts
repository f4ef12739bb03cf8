/** The address of a simulated host: 127.92.0.1, 127.92.0.2, … */
export function scaleAddress(index: number): string {
  return `127.${92 + Math.floor(index / 62_500)}.${Math.floor(index / 250) % 250}.${1 + (index % 250)}`;
}
