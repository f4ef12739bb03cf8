import { serverOptions } from '../../config/options.ts';

const flags = serverOptions.flatMap(({ flag }) => (flag === undefined ? [] : [`--${flag}`]));

/**
 * Writes out flags that were cut short, as the original took them: `--no-config` for `--no-config-file`. What could mean
 * several flags, or none, is left for the parser to refuse.
 */
export function writtenOut(args: readonly string[]): string[] {
  return args.map((arg) => {
    const [, name = '', value = ''] = /^(--[a-z-]+)(=.*)?$/s.exec(arg) ?? [];
    const meant = flags.filter((flag) => flag.startsWith(name));
    const [only, ...others] = flags.includes(name) ? [name] : meant;
    return name === '' || only === undefined || others.length > 0 ? arg : only + value;
  });
}
