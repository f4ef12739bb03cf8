import { AppError } from '../lib/errors.ts';
import { GlobSet, isGlob } from '../lib/glob.ts';

/** The clusters that a list of names and patterns stands for. */
export interface ClusterPatterns {
  /** Whether a name, or a pattern read as one, is among them. */
  has(name: string): boolean;
}

/** Grants are frozen with their lists, and each list is asked about very many names. */
const known = new WeakMap<readonly string[], ClusterPatterns>();

export function clustersOf(patterns: readonly string[]): ClusterPatterns {
  const made = known.get(patterns) ?? remembering(patterns);
  known.set(patterns, made);
  return made;
}

/** Each pattern of one list is compared with each of another when a role is passed on. Names count for nothing. */
const mostPatterns = 32;

/** @throws AppError `invalid_member` for a list with too many patterns */
export function checkClusterPatterns(clusters: readonly string[] = []): void {
  const count = clusters.filter(isGlob).length;
  if (count <= mostPatterns) return;
  throw new AppError('invalid_member', `/clusters: ${count} of the names have a *`, {
    hint: `name the clusters, or use at most ${mostPatterns} patterns`,
    details: { member: '/clusters' },
  });
}

/** Of most lists the same few names are asked again and again. */
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
