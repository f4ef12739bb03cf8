/** Commands that take a machine, or a service of it, down. */
const takingDown = [
  /(?:reboot|poweroff|halt|shutdown|kexec|pkill|killall)/,
  /(?:telinit|init)\s+[06]/,
  /systemctl\s+(?:-\S+\s+)*(?:reboot|soft-reboot|poweroff|halt|kexec|suspend|hibernate|isolate|rescue|emergency)/,
  /systemctl\s+(?:-\S+\s+)*(?:stop|restart|try-restart|reload-or-restart|kill)/,
  /(?:service|rc-service)\s+\S+\s+(?:stop|restart)/,
]
  .map(({ source }) => source)
  .join('|');

/** What may precede a command: the beginning of the text, a separator of the shell, or a command that runs another one. */
const before = /(?:^|[;&|({`'"\n]|\b(?:sudo(?:\s+-\S+)*|exec|nohup|then|do|else)\s)\s*(?:[\w./-]*\/)?/.source;

const known = new RegExp(`${before}(?:${takingDown})(?![\\w-])`);

/**
 * The command of an operation of the kind `exec`, when it is one of the usual ways to take a machine or a service down,
 * or when its caller says that it takes one down; undefined otherwise. What other commands do cannot be known here.
 */
export function takesDown({ command, script, disrupts }: Readonly<Record<string, unknown>>): string | undefined {
  if (disrupts === false) return undefined;
  const text = typeof script === 'string' ? script : String(command ?? '');
  if (disrupts !== true && !known.test(text)) return undefined;
  return typeof script === 'string' ? 'a script' : text;
}
