import type { Option } from '../declaration.ts';
import { formats } from '../formats.ts';

/** The format of the results of `commissaire`, which has no global options. */
export const output = {
  type: 'text',
  short: 'o',
  placeholder: 'FORMAT',
  choices: formats,
  default: 'table',
  summary: 'format of the result',
} as const satisfies Option;
