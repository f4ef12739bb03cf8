import type { Command, Group } from './declaration.ts';

/** Verbs that people know from elsewhere, for the one that help and documents use. */
const otherVerbs: Readonly<Record<string, readonly string[]>> = {
  list: ['ls'],
  delete: ['rm'],
  get: ['show'],
  show: ['get'],
};

/** The other names of a command or a group. */
export function aliasesOf({
  name,
  aliases = [],
  kind,
}: Pick<Command<never> | Group<never>, 'kind' | 'name' | 'aliases'>) {
  return kind === 'command' ? [...aliases, ...(otherVerbs[name] ?? [])] : aliases;
}

/** The command or group of a word: its name, or one of its other names. */
export function findCommand<Context>(
  { commands }: Group<Context>,
  word: string,
): Command<Context> | Group<Context> | undefined {
  return commands.find(({ name }) => name === word) ?? commands.find((entry) => aliasesOf(entry).includes(word));
}
