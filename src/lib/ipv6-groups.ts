/** The eight groups of an IPv6 address in its canonical spelling, those that `::` stands for as `0`. */
export function groupsOf(address: string): string[] {
  const [left = [], right = []] = address.split('::').map((half) => half.split(':').filter((group) => group !== ''));
  const missing = Array.from({ length: 8 - left.length - right.length }, () => '0');
  return [...left, ...missing, ...right];
}
