/** In seconds, the longest first. */
const units = { w: 604_800, d: 86_400, h: 3600, m: 60, s: 1 } as const;

/** The unit of a number that stands alone. */
export type DurationUnit = keyof typeof units;

/** What a duration is, for hints. */
export const durationForms = 'write a number and a unit, such as 90s, 5m, 2h or 30d';

const parts = Object.keys(units).map((unit) => `(?:(?<${unit}>\\d{1,12})${unit})?`);
const form = new RegExp(`^${parts.join('')}$`);

/**
 * The seconds of a duration: `90s`, `5m`, `1h30m`, `2w`, each unit at most once and the longest first. A number alone
 * is in the unit `alone`. Undefined for every other text, and for a duration that is too long for a whole number.
 */
export function readDuration(text: string, alone: DurationUnit = 's'): number | undefined {
  if (/^\d{1,12}$/.test(text)) return safe(Number(text) * units[alone]);
  const found = form.exec(text)?.groups;
  if (found === undefined || text === '') return undefined;
  const seconds = Object.entries(units).map(([unit, length]) => Number(found[unit] ?? 0) * length);
  return safe(seconds.reduce((sum, each) => sum + each, 0));
}

function safe(seconds: number): number | undefined {
  return Number.isSafeInteger(seconds) ? seconds : undefined;
}

/** Whole seconds as the shortest text that `readDuration` reads back: `90d`, `1h30m`, `45s`. */
export function shownDuration(seconds: number): string {
  let left = Math.floor(seconds);
  let text = '';
  for (const unit of ['d', 'h', 'm', 's'] as const) {
    const count = Math.floor(left / units[unit]);
    if (count > 0) text += `${count}${unit}`;
    left -= count * units[unit];
  }
  return text === '' ? '0s' : text;
}

/** The seconds in one of the units. */
export function secondsIn(unit: DurationUnit): number {
  return units[unit];
}
