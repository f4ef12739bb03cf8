import type { Option } from '../declaration.ts';

/** Where the installation is that a command is about. */
export const dataDir = {
  type: 'text',
  placeholder: 'DIR',
  summary: 'the data directory of the server, which may be running; that of its configuration if not given',
} as const satisfies Option;

/** Its configuration. */
export const configFile = {
  type: 'text',
  short: 'c',
  placeholder: 'FILE',
  summary: 'the configuration file of the server; the one that `serve` finds if not given',
} as const satisfies Option;
