import type { Option, Options } from '../declaration.ts';

/**
 * The same options, for a heading of their own in the help.
 *
 * @param lessUsed those that the help only names
 */
export function underHeading<const O extends Options>(
  heading: NonNullable<Option['heading']>,
  options: O,
  lessUsed: readonly (keyof O & string)[] = [],
): O {
  const names: readonly string[] = lessUsed;
  const entries = Object.entries(options).map(([name, option]) => [
    name,
    { ...option, heading, ...(names.includes(name) ? { lessUsed: true } : {}) },
  ]);
  return Object.fromEntries(entries) as O;
}
