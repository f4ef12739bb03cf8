import type { ServerFlags } from '../../config/flags.ts';
import { type ServerOption, serverOptions, takesList } from '../../config/options.ts';
import type { Option, Options, RawValues } from '../declaration.ts';

/** The flags that the help of `serve` explains; it names the others, and the page that explains them. */
const explained: readonly string[] = [
  'listen-interface',
  'listen-port',
  'unix-socket',
  'config-file',
  'no-config-file',
  'data-dir',
  'tls-pemfile',
  'authentication-plugin',
  'log-level',
  'new-store',
  'insecure',
];

/**
 * The flags in the table of server options. That table also checks their values, so every source has the same messages.
 */
export const serverFlagOptions: Options = Object.fromEntries(serverOptions.flatMap(flagOf));

/** Leaves out flags that were not given: they would override the environment and the file. */
export function givenFlags(values: RawValues): ServerFlags {
  const flags: Record<string, string | boolean | string[]> = {};
  for (const [name, value] of Object.entries(values)) {
    if (typeof value === 'string' || value === true) flags[name] = value;
    if (Array.isArray(value) && value.length > 0) flags[name] = value.map(String);
  }
  return flags;
}

function flagOf(option: ServerOption): [string, Option][] {
  if (option.flag === undefined) return [];
  const { flag, short, argument } = option;
  const declared: Option = {
    type: typeOf(option),
    summary: option.help.replace(/\.$/, '') + origin(option),
    ...(short === undefined ? {} : { short }),
    ...(argument === undefined ? {} : { placeholder: argument }),
    ...(explained.includes(flag) ? {} : { lessUsed: true }),
  };
  return [[flag, declared]];
}

function typeOf(option: ServerOption): Option['type'] {
  if (option.argument === undefined) return 'flag';
  return takesList(option) ? 'list' : 'text';
}

function origin({ default: value, env }: ServerOption): string {
  const notes = [
    ...(value === undefined || value === false ? [] : [`default ${value}`]),
    ...(env === undefined ? [] : [`$${env}`]),
  ];
  return notes.length === 0 ? '' : ` (${notes.join(', ')})`;
}
