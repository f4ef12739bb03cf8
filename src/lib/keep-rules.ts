/**
 * Which backups are kept, as restic and borg have it: so many of the newest, and of so many days, weeks and months the newest
 * one. A backup that one rule keeps is kept.
 */
export interface KeepRules {
  readonly last: number;
  readonly daily: number;
  readonly weekly: number;
  readonly monthly: number;
}

export const keepForms =
  'write how many of the newest are kept, such as 7, or rules such as last=3,daily=7,weekly=4,monthly=6';
const most = 10_000;

/** Undefined for a text that is no rule. At least one backup must be kept. */
export function readKeepRules(text: string): KeepRules | undefined {
  if (/^\d{1,5}$/.test(text)) return sound({ last: Number(text), daily: 0, weekly: 0, monthly: 0 });
  const rules = { last: 0, daily: 0, weekly: 0, monthly: 0 };
  for (const each of text.split(',')) {
    const [, name, number] = /^ *(last|daily|weekly|monthly)=(\d{1,5}) *$/.exec(each) ?? [];
    if (name !== 'last' && name !== 'daily' && name !== 'weekly' && name !== 'monthly') return undefined;
    rules[name] = Number(number);
  }
  return sound(rules);
}

function sound(rules: KeepRules): KeepRules | undefined {
  const numbers = Object.values(rules) as number[];
  return numbers.every((number) => number <= most) && numbers.some((number) => number > 0) ? rules : undefined;
}
