/**
 * What the output of a command begins with, on each stream. A control character is part of it, and the line that prints
 * it has that character only as an escape: a shell that shows its commands (`set -x`) does not print the mark.
 */
export const startMarks = { stdout: '\u001ecommissaire stdout\n', stderr: '\u001ecommissaire stderr\n' } as const;

/** csh of BSD takes no longer word than 1,024 characters. */
const mostInWord = 900;

/** Characters that the shells read in different ways between single quotes, and all that are not printable ASCII. */
const isPlain = (byte: number) => byte >= 0x20 && byte < 0x7f && !"!'\\".includes(String.fromCharCode(byte));

/**
 * The line that has the login shell of a user run a POSIX shell script. It means the same to sh, bash, dash, zsh, ksh,
 * csh, tcsh, fish and busybox: one line, single quotes, and between them only backslashes that a digit follows. `printf
 * %b` turns those into the characters (printf(1p)).
 *
 * The script first prints the start marks, so that the text of startup files (`.bashrc`, `sshrc`) and of the login shell
 * can be told from its output, and a login shell that ran something else can be told from one that ran the script.
 */
export function loginLine(script: string): string {
  const marks = `printf %s '${startMarks.stderr}' >&2; printf %s '${startMarks.stdout}'`;
  const words = wordsOf(`${marks}\n${script}`).map((word) => `'${word}'`);
  return `exec sh -c 'eval "set --; $(printf %b "$@")"' sh ${words.join(' ')}`;
}

function wordsOf(script: string): string[] {
  const words = [''];
  for (const byte of Buffer.from(script)) {
    const character = isPlain(byte) ? String.fromCharCode(byte) : `\\0${byte.toString(8).padStart(3, '0')}`;
    const last = words.at(-1) ?? '';
    if (last.length + character.length > mostInWord) words.push(character);
    else words[words.length - 1] = last + character;
  }
  return words;
}
