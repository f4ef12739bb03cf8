import { basic } from '../site.ts';

/** Who sends a request, and the headers that say so. */
export interface Caller {
  readonly name: string;
  readonly headers: readonly string[];
}

const named = (name: string): Caller => ({ name, headers: [`Authorization: ${basic(name)}`] });

/**
 * The administrator most often, who gets furthest. Whoever is wrong about the password has a name of its own, so that
 * nobody else has to wait for it.
 */
export const callers: readonly Caller[] = [
  ...Array.from({ length: 30 }, () => named('admin')),
  ...Array.from({ length: 3 }, () => named('viewer')),
  ...Array.from({ length: 4 }, () => named('operator')),
  ...Array.from({ length: 2 }, () => named('roleless')),
  { name: 'nobody', headers: [] },
  { name: 'garbage', headers: ['Authorization: Basic ////'] },
  { name: 'no scheme', headers: [`Authorization: ${'a'.repeat(8_000)}`] },
  { name: 'forged token', headers: ['Authorization: Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9.'] },
];
