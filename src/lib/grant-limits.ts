import { isGlob } from './glob.ts';

// Bounds of what limits a grant, in the words of JSON Schema: schemas are made of them, and the configuration and the
// options of commands are checked against them.

/** The name of a cluster, or a pattern in which `*` stands for any letters. */
export const clusterPatternSyntax = { pattern: '^[A-Za-z0-9_*-]{1,255}$' } as const;

/** How many clusters or subjects one binding may name. */
export const listLength = { minItems: 1, maxItems: 1000 } as const;

/** The same of clusters for a token. Fewer: whoever may call at all may mint, and the store keeps what is asked for. */
export const tokenListLength = { minItems: 1, maxItems: 100 } as const;

/** How many hosts one operation may be about. */
export const hostCount = { minimum: 1, maximum: 1_000_000 } as const;

/** The same as a share, of 100. */
export const hostShare = { minimum: 1, maximum: 100 } as const;

/** Each pattern of one list is compared with each of another when a role is passed on. Names count for nothing. */
const mostPatterns = 32;

const wellFormed = new RegExp(clusterPatternSyntax.pattern);

export function isClusterPattern(text: string): boolean {
  return wellFormed.test(text);
}

/** What is wrong with a list of clusters that has too many patterns, and what to do; undefined for any other. */
export function patternSurplus(clusters: readonly string[]): { problem: string; hint: string } | undefined {
  const count = clusters.filter(isGlob).length;
  if (count <= mostPatterns) return undefined;
  return {
    problem: `${count} of the names have a *`,
    hint: `name the clusters, or use at most ${mostPatterns} patterns`,
  };
}
