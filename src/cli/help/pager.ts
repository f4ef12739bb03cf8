import type { Terminal } from '../terminal.ts';
import type { PageLine } from './rendered-page.ts';

/** SGR (ECMA-48, 8.3.117). */
const bold = 1;

/**
 * Writes lines to stdout. On a terminal that they do not fit on, `$PAGER` shows them, or `less` where there is none; an
 * empty `$PAGER` is no pager.
 */
export async function showLines(lines: readonly PageLine[], terminal: Terminal): Promise<void> {
  const { stdout, environment } = terminal;
  const text = lines.map((line) => `${line.text}\n`).join('');
  if (!stdout.isTerminal) {
    await stdout.write(text);
    return;
  }
  const hasColour = (environment.NO_COLOR ?? '') === '';
  const pager = lines.length < stdout.size().rows ? undefined : pagerOf(environment);
  if (pager !== undefined && (await page(pager, text, terminal))) return;
  await stdout.draw({
    erased: 0,
    lines: lines.map((line) => ({ text: line.text, colour: line.isBold && hasColour ? bold : undefined })),
  });
}

function pagerOf({ PAGER }: Terminal['environment']): string | undefined {
  if (PAGER !== undefined) return PAGER.trim() === '' ? undefined : PAGER;
  return Bun.which('less') === null ? undefined : 'less';
}

/** A pager is a command line for the shell. Resolves to false when there is no such program. */
async function page(command: string, text: string, { environment }: Terminal): Promise<boolean> {
  // As git does it: a short text leaves at once, and the last screen stays.
  const env = { ...environment, LESS: environment.LESS ?? 'FRX' };
  const child = Bun.spawn(['/bin/sh', '-c', command], {
    stdin: new Blob([text]),
    stdout: 'inherit',
    stderr: 'inherit',
    env,
  });
  // Ctrl-C is for the pager.
  const ignore = () => {};
  process.on('SIGINT', ignore);
  try {
    return (await child.exited) !== notFound;
  } finally {
    process.off('SIGINT', ignore);
  }
}

/** The exit code of a shell for a command that does not exist. */
const notFound = 127;
