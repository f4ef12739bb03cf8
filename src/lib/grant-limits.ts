import { isGlob } from './glob.ts';

// Limits for grants, in the terms of JSON Schema. Schemas use them, and the configuration and the options of commands
// are checked against them.

/** The name of a cluster, or a pattern in which `*` matches any letters. */
export const clusterPatternSyntax = {
  pattern: '^[A-Za-z0-9_*-]{1,255}$',
  form: 'the name of a cluster, or a pattern such as web-*: 1 to 255 letters, digits, "-", "_" and "*"',
} as const;

/** The most clusters or subjects of one binding. */
export const listLength = { minItems: 1, maxItems: 1000 } as const;

/** The same for the clusters of a token. Fewer, because every caller may mint, and the store keeps the request. */
export const tokenListLength = { minItems: 1, maxItems: 100 } as const;

/** The most hosts of one operation. */
export const hostCount = { minimum: 1, maximum: 1_000_000 } as const;

/** The same as a percentage. */
export const hostShare = { minimum: 1, maximum: 100 } as const;

/**
 * The most patterns of a list, because passing on a role compares each pattern of one list with each of another. Plain
 * names do not count.
 */
const mostPatterns = 32;

const wellFormed = new RegExp(clusterPatternSyntax.pattern);

export function isClusterPattern(text: string): boolean {
  return wellFormed.test(text);
}

/** What is wrong with a list of clusters with too many patterns, and what to do; undefined for other lists. */
export function patternSurplus(clusters: readonly string[]): { problem: string; hint: string } | undefined {
  const count = clusters.filter(isGlob).length;
  if (count <= mostPatterns) return undefined;
  return {
    problem: `${count} of the names have a *`,
    hint: `name the clusters, or use at most ${mostPatterns} patterns`,
  };
}
