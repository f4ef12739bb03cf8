import type { ConfigurationText } from './discovery.ts';
import { parseGivenObject } from './document.ts';
import { fault, type Given, respelled } from './given.ts';
import { suggestName } from './nearest.ts';
import { serverOptions } from './options.ts';

/**
 * The options a configuration file gives. Hyphens and underscores in member names are interchangeable; a member that is
 * `null` counts as not given.
 *
 * @throws AppError `invalid_configuration` naming file, line and column
 */
export function optionsOfFile({ source, text }: ConfigurationText): Map<string, Given> {
  const known = serverOptions.filter((option) => option.file).map((option) => option.name);
  const members = respelled(parseGivenObject(text, source).members, (name) => name.replaceAll('_', '-'));
  for (const { name, where } of members) {
    if (!known.includes(name)) throw fault(where, `"${name}" is not an option of this file`, suggestName(name, known));
  }
  const given = members.filter(({ value }) => value.kind !== 'scalar' || value.value !== null);
  return new Map(given.map(({ name, value }) => [name, value]));
}
