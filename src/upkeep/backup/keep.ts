import type { KeepRules } from '../../lib/keep-rules.ts';

/** The backups that no rule keeps. @param backups in any order; days and weeks are those of UTC, and weeks begin on Monday */
export function notKept<T extends { readonly created_at: string }>(backups: readonly T[], rules: KeepRules): T[] {
  const newestFirst = backups.toSorted((one, other) => (one.created_at < other.created_at ? 1 : -1));
  const kept = new Set(newestFirst.slice(0, rules.last));
  for (const rule of ['daily', 'weekly', 'monthly'] as const) {
    for (const each of newestOfEach(newestFirst, periodOf[rule]).slice(0, rules[rule])) kept.add(each);
  }
  return newestFirst.filter((each) => !kept.has(each));
}

function newestOfEach<T extends { readonly created_at: string }>(
  newestFirst: readonly T[],
  periodOf: (at: string) => string,
): T[] {
  const found = new Map<string, T>();
  for (const each of newestFirst) {
    const period = periodOf(each.created_at);
    if (!found.has(period)) found.set(period, each);
  }
  return [...found.values()];
}

const periodOf = {
  daily: (at: string) => at.slice(0, 10),
  weekly: mondayOf,
  monthly: (at: string) => at.slice(0, 7),
};

function mondayOf(at: string): string {
  const day = new Date(`${at.slice(0, 10)}T00:00:00Z`);
  day.setUTCDate(day.getUTCDate() - ((day.getUTCDay() + 6) % 7));
  return day.toISOString().slice(0, 10);
}
