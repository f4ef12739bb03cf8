import { AppError } from '../lib/errors.ts';
import { GlobSet } from '../lib/glob.ts';
import { patternSurplus } from '../lib/grant-limits.ts';

/** The clusters that a list of names and patterns matches. */
export interface ClusterPatterns {
  /** Whether the list matches a name, or a pattern read as one. */
  has(name: string): boolean;
}

/** Grants and their lists are frozen, and each list is asked about very many names. */
const known = new WeakMap<readonly string[], ClusterPatterns>();

export function clustersOf(patterns: readonly string[]): ClusterPatterns {
  const made = known.get(patterns) ?? remembering(patterns);
  known.set(patterns, made);
  return made;
}

/** @throws AppError `invalid_member` for a list with too many patterns */
export function checkClusterPatterns(clusters: readonly string[] = []): void {
  const surplus = patternSurplus(clusters);
  if (surplus === undefined) return;
  const { problem, hint } = surplus;
  throw new AppError('invalid_member', `clusters: ${problem}`, { hint, details: { member: '/clusters' } });
}

/** Most lists are asked about the same few names again and again. */
function remembering(patterns: readonly string[]): ClusterPatterns {
  const set = new GlobSet(patterns);
  const answers = new Map<string, boolean>();
  return {
    has(name) {
      const answer = answers.get(name) ?? set.matches(name);
      if (answers.size < mostRemembered) answers.set(name, answer);
      return answer;
    },
  };
}

const mostRemembered = 1_000;
