import type { Labels } from '../inventory/labels.ts';
import { UsageError } from './usage-error.ts';

/** `KEY=VALUE`, any number of times; the last one of a key counts. @throws UsageError */
export function labelsOf(words: readonly string[]): Labels {
  return Object.fromEntries(words.map(labelOf));
}

/** @throws UsageError */
export function labelOf(word: string): [key: string, value: string] {
  const at = word.indexOf('=');
  if (at > 0) return [word.slice(0, at), word.slice(at + 1)];
  throw new UsageError(`"${word}" is not a label`, { hint: 'write it as KEY=VALUE' });
}
