import { serverOptions } from '../../config/options.ts';

const flags = serverOptions.flatMap(({ flag }) => (flag === undefined ? [] : [`--${flag}`]));

/**
 * Completes abbreviated flags, which the original accepted: `--no-config` for `--no-config-file`. The parser refuses
 * those that could mean several flags, or none.
 */
export function writtenOut(args: readonly string[]): string[] {
  return args.map((arg) => {
    const [, name = '', value = ''] = /^(--[a-z-]+)(=.*)?$/s.exec(arg) ?? [];
    const meant = flags.filter((flag) => flag.startsWith(name));
    const [only, ...others] = flags.includes(name) ? [name] : meant;
    return name === '' || only === undefined || others.length > 0 ? arg : only + value;
  });
}
