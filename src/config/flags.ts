import { type Given, givenScalar } from './given.ts';
import { type ServerOption, serverOptions, takesList } from './options.ts';
import { parsePluginFlag } from './plugins.ts';

/** The flags from the command line parser, by the name of the flag in either spelling: listen-port, listenPort. */
export type ServerFlags = Readonly<Record<string, string | boolean | readonly string[] | undefined>>;

/** @throws AppError `invalid_configuration` */
export function optionsOfFlags(flags: ServerFlags): Map<string, Given> {
  const found = new Map<string, Given>();
  for (const option of serverOptions) {
    const value = option.flag === undefined ? undefined : flagValue(flags, option.flag);
    if (value === undefined) continue;
    // A command line parser may read --no-config-file as the negation of --config-file.
    if (option.name === 'config-file' && value === false)
      found.set('no-config-file', givenScalar('--no-config-file', true));
    else found.set(option.name, givenFlag(option, value));
  }
  return found;
}

function flagValue(flags: ServerFlags, flag: string): string | boolean | readonly string[] | undefined {
  return flags[flag] ?? flags[flag.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())];
}

function givenFlag(option: ServerOption, value: string | boolean | readonly string[]): Given {
  const where = `--${option.flag}`;
  if (typeof value === 'boolean') return givenScalar(where, value);
  const texts = typeof value === 'string' ? [value] : value;
  if (option.type === 'plugins') {
    return { kind: 'list', where, items: texts.map((text) => parsePluginFlag(text, where)) };
  }
  if (takesList(option)) return { kind: 'list', where, items: texts.map((text) => givenScalar(where, text)) };
  return givenScalar(where, texts.at(-1) ?? '');
}
