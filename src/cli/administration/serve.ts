import type { ServerFlags } from '../../config/flags.ts';
import { type ServerOption, serverOptions } from '../../config/options.ts';
import type { Command, Option, RawValues } from '../declaration.ts';
import { exitCode } from '../exit-code.ts';

/** The flags are those of the table of server options, which also checks their values: one text for every source. */
export const serve: Command<unknown> = {
  kind: 'command',
  name: 'serve',
  summary: 'Run the REST server until the process is asked to end',
  arguments: {},
  options: Object.fromEntries(serverOptions.flatMap(flagOf)),
  examples: [
    'commissaire serve',
    'commissaire serve --listen-interface 0.0.0.0 --tls-pemfile /etc/commissaire/server.pem',
  ],
  async run(_context, values) {
    const { runServer } = await import('../../server/serve.ts');
    await runServer(givenFlags(values));
    return exitCode.done;
  },
};

function flagOf(option: ServerOption): [string, Option][] {
  if (option.flag === undefined) return [];
  const { flag, short, argument } = option;
  const declared: Option = {
    type: typeOf(option),
    summary: option.help.replace(/\.$/, '') + origin(option),
    ...(short === undefined ? {} : { short }),
    ...(argument === undefined ? {} : { placeholder: argument }),
  };
  return [[flag, declared]];
}

function typeOf({ type, argument }: ServerOption): Option['type'] {
  if (argument === undefined) return 'flag';
  return type === 'list' || type === 'plugins' ? 'list' : 'text';
}

function origin({ default: value, env }: ServerOption): string {
  const notes = [
    ...(value === undefined || value === false ? [] : [`default ${value}`]),
    ...(env === undefined ? [] : [`$${env}`]),
  ];
  return notes.length === 0 ? '' : ` (${notes.join(', ')})`;
}

/** What was not given must not be there: it would win over the environment and the file. */
function givenFlags(values: RawValues): ServerFlags {
  const flags: Record<string, string | boolean | string[]> = {};
  for (const [name, value] of Object.entries(values)) {
    if (typeof value === 'string' || value === true) flags[name] = value;
    if (Array.isArray(value) && value.length > 0) flags[name] = value.map(String);
  }
  return flags;
}
