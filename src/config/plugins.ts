import { Faults, mapAll } from './faults.ts';
import { describeUnseen, fault, type Given, type GivenObject, givenScalar, type Member, respelled } from './given.ts';

/** One configured plugin. Only the plugin knows its options. */
export interface PluginConfiguration {
  /** The short name: `httpbasicauth`. The dotted name of a foreign plugin stays as it is. */
  readonly name: string;
  readonly where: string;
  /** The names have underscores, as in the plugins of the original. */
  readonly options: readonly Member[];
}

const originalModule = /^commissaire(_http)?\.authentication\./;

/** @throws AppError `invalid_configuration` for anything but a list of objects with a name */
export function readPlugins(given: Given): PluginConfiguration[] {
  if (given.kind === 'list') return mapAll(given.items, readPlugin);
  const fix = 'write [{"name": "httpbasicauth", "filepath": "/etc/commissaire/users.json"}]';
  throw fault(given.where, `authentication-plugins is ${describeUnseen(given)}, not a list`, fix);
}

/** The valid ones of a list, so that each can be checked even when others have faults. */
export function readablePlugins(given: Given): PluginConfiguration[] {
  if (given.kind !== 'list') return [];
  const faults = new Faults();
  return given.items.flatMap((item) => faults.attempt(() => [readPlugin(item)]) ?? []);
}

/**
 * Parses `NAME:key=value,key=value`, the value of the flag; `NAME` alone is enough for a plugin without options. Only
 * the first colon and the first equals sign of each pair separate, so that values may contain URLs.
 *
 * @throws AppError `invalid_configuration`
 */
export function parsePluginFlag(text: string, where: string): GivenObject {
  const [name, rest] = splitOnce(text, ':');
  const pairs = rest === undefined || rest === '' ? [] : rest.split(',');
  const members = pairs.map((pair, index): Member => {
    const [key, value] = splitOnce(pair, '=');
    if (key !== '' && value !== undefined) return { name: key, where, value: givenScalar(where, value) };
    const fix = 'write NAME:key=value,key=value; a value with a comma in it goes into the configuration file';
    throw fault(where, `pair ${index + 1} of the options of ${name} has no "="`, fix);
  });
  return { kind: 'object', where, members: [{ name: 'name', where, value: givenScalar(where, name) }, ...members] };
}

function readPlugin(given: Given): PluginConfiguration {
  const fix = 'write {"name": "httpbasicauth", …}';
  if (given.kind !== 'object') throw fault(given.where, `${describeUnseen(given)} is not a plugin`, fix);
  const members = respelled(given.members, (name) => name.replaceAll('-', '_'));
  const name = members.find((member) => member.name === 'name')?.value;
  if (name?.kind !== 'scalar' || typeof name.value !== 'string' || name.value === '') {
    throw fault(name?.where ?? given.where, 'an authentication plugin has no name', fix);
  }
  const options = members.filter((member) => member.name !== 'name');
  return { name: name.value.replace(originalModule, ''), where: given.where, options };
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const index = text.indexOf(separator);
  return index === -1 ? [text, undefined] : [text.slice(0, index), text.slice(index + separator.length)];
}
