const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'variant' });

/** Orders names naturally: node2 before node10. */
export function naturalOrder(a: string, b: string): number {
  return collator.compare(a, b);
}
