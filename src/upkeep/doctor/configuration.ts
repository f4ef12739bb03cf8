import type { Check } from './check.ts';

/** The configuration, as `commissaire config check` finds it, with what a start would note. */
export const configurationValidity: Check = {
  name: 'configuration',
  group: 'configuration',
  run({ configurationFile, faults, notes }) {
    const file = configurationFile ?? 'no configuration file';
    if (faults.length > 0) {
      const remedy = 'correct the file; `commissaire config check FILE` finds the faults of a file';
      return faults.map((found) => ({ verdict: 'failure', found, remedy }));
    }
    const noted = notes.map((found) => ({
      verdict: 'warning' as const,
      found,
      remedy: 'see `commctl help configuration`; the server works with it as it is',
    }));
    return [{ verdict: 'ok', found: `${file}: no faults` }, ...noted];
  },
};
