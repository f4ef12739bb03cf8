import type { CommanderError } from 'commander';

/**
 * The parser's error message without unexpected words: a secret typed in the wrong place must not appear on stderr,
 * which ends up in logs.
 */
export function parserMessage({ code, message }: Pick<CommanderError, 'code' | 'message'>): string {
  const said = message.replace(/^error: /, '');
  if (code === 'commander.excessArguments') return said.replace(/(but got \d+): .*$/s, '$1.');
  if (code !== 'commander.unknownOption') return said;
  const name = /^unknown option '(--[^=']+|-[^-])/.exec(said)?.[1] ?? '-';
  const suggestion = /\n\(Did you mean .*\)$/.exec(said)?.[0] ?? '';
  return `unknown option '${name}'${suggestion}`;
}
