import { nearestName } from '../lib/nearest.ts';
import { parseGiven } from './document.ts';
import { type Given, givenScalar } from './given.ts';
import { type ServerOption, serverOptions, takesList } from './options.ts';
import { parsePluginFlag } from './plugins.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The options in environment variables. An empty variable counts as not set, because shells and unit files leave one
 * out so.
 *
 * @throws AppError `invalid_configuration`
 */
export function optionsOfEnvironment(environment: Environment): Map<string, Given> {
  const found = new Map<string, Given>();
  for (const option of serverOptions) {
    const text = option.env === undefined ? undefined : environment[option.env];
    if (text !== undefined && text !== '') found.set(option.name, givenVariable(option, text));
  }
  return found;
}

/**
 * Variables that look like a misspelt option. They cause only a note, because other programs may use the prefix too.
 */
export function misspeltVariables(environment: Environment): Array<{ name: string; meant: string }> {
  const known = serverOptions.flatMap((option) => option.env ?? []);
  return Object.keys(environment)
    .filter((name) => name.startsWith('COMMISSAIRE_') && !known.includes(name))
    .flatMap((name) => {
      const meant = nearestName(name, known);
      return meant === undefined ? [] : [{ name, meant }];
    });
}

/** A list is separated by white space, or written as in the file when one of its values contains white space. */
function givenVariable(option: ServerOption, text: string): Given {
  const where = `$${option.env}`;
  if (!takesList(option)) return givenScalar(where, text);
  if (text.trimStart().startsWith('[')) return parseGiven(text, where);
  const words = text.split(/\s+/).filter((word) => word !== '');
  const item = (word: string) => (option.type === 'plugins' ? parsePluginFlag(word, where) : givenScalar(where, word));
  return { kind: 'list', where, items: words.map(item) };
}
