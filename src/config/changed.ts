import { plainValue } from './given.ts';
import { serverOptions } from './options.ts';
import type { Settings } from './settings.ts';

/** The options whose values differ. */
export function changedOptions(before: Settings, after: Settings): string[] {
  return serverOptions.map(({ name }) => name).filter((name) => textOf(before, name) !== textOf(after, name));
}

function textOf(settings: Settings, name: string): string | undefined {
  const given = settings.find(name);
  return given && JSON.stringify(plainValue(given));
}
