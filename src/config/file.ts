import { suggestName } from '../lib/nearest.ts';
import type { ConfigurationText } from './discovery.ts';
import { parseGivenObject } from './document.ts';
import type { Faults } from './faults.ts';
import { fault, type Given, respelled } from './given.ts';
import { serverOptions } from './options.ts';

/**
 * The options in a configuration file. Hyphens and underscores in member names are interchangeable; a member that is
 * `null` counts as not given. Faults are reported with file, line and column, and their members left out.
 */
export function optionsOfFile({ source, text }: ConfigurationText, faults: Faults): Map<string, Given> {
  const known = serverOptions.filter((option) => option.file).map((option) => option.name);
  const { members } = faults.attempt(() => parseGivenObject(text, source)) ?? { members: [] };
  const spell = (name: string) => name.replaceAll('_', '-');
  faults.attempt(() => respelled(members, spell));
  const found = new Map<string, Given>();
  for (const member of members) {
    const name = spell(member.name);
    if (!known.includes(name)) {
      const problem = `"${member.name}" is not an option of this file`;
      faults.add(fault(member.where, problem, suggestName(name, known)));
    } else if (member.value.kind !== 'scalar' || member.value.value !== null) {
      found.set(name, member.value);
    }
  }
  return found;
}
