import type { Options } from '../declaration.ts';
import type { Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';

/** The options that say where a new password comes from. */
export const passwordOptions = {
  passwordStdin: { type: 'flag', summary: 'read the password from stdin; a newline at its end is ignored' },
  generate: { type: 'flag', summary: 'make a random password, and print it once' },
} as const satisfies Options;

export interface NewPassword {
  readonly password: string;
  readonly isGenerated: boolean;
}

/**
 * A new password: random, from stdin, or asked for twice on a terminal.
 *
 * @throws UsageError, Interrupted
 */
export async function newPassword(
  { passwordStdin, generate }: { readonly passwordStdin: boolean; readonly generate: boolean },
  { stdin }: Terminal,
  random: () => string,
): Promise<NewPassword> {
  if (generate && passwordStdin) throw new UsageError('--generate and --password-stdin do not go together');
  if (generate) return { password: random(), isGenerated: true };
  if (passwordStdin) return { password: checked(withoutNewline(await stdin.read())), isGenerated: false };
  if (!stdin.isTerminal) {
    throw new UsageError('there is nobody to ask for the password', {
      hint: 'give it on stdin with --password-stdin, or let one be made with --generate',
    });
  }
  const password = checked(await stdin.askSecret('New password: '));
  if ((await stdin.askSecret('Again: ')) === password) return { password, isGenerated: false };
  throw new UsageError('the two passwords differ, so nothing was changed');
}

/** The server refuses control characters in a password (RFC 7617, section 2). */
function checked(password: string): string {
  if (password === '') throw new UsageError('the password is empty');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
  if (!/[\u0000-\u001f\u007f]/.test(password)) return password;
  throw new UsageError('the password has a control character in it, such as a tab or a second line', {
    hint: 'choose one of a single line',
  });
}

function withoutNewline(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes).replace(/\r?\n$/, '');
}
