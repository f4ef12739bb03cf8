import { readFile } from 'node:fs/promises';
import { systemReason } from '../lib/system-reason.ts';
import { exitCode } from './exit-code.ts';
import type { Terminal } from './terminal.ts';
import { UsageError } from './usage-error.ts';
import type { OutputWays } from './write-output.ts';

/**
 * Reads the value to put: the whole file, or all of stdin for `-`. Without a file it prompts a person, or else reads
 * stdin. It never removes a final newline: a key file without it is another file.
 *
 * @throws UsageError, Interrupted
 */
export async function readSecret(file: string | undefined, { stdin }: Terminal): Promise<Uint8Array> {
  const bytes = await bytesFrom(file, stdin);
  if (bytes.length > 0) return bytes;
  throw new UsageError('the value is empty', {
    hint: 'give it with --file FILE, on stdin, or at the prompt of a terminal; check whether a command before the pipe has failed',
  });
}

/** Undefined for bytes that are not UTF-8. A byte order mark is a part of the text. */
export function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/**
 * Writes a value on stdout: unchanged bytes for a file or a pipe, so that the output equals what was put. A terminal
 * gets text without control characters, on separate lines; with `raw` the unchanged bytes.
 *
 * @throws UsageError when a terminal would get bytes that are no text
 */
export async function writeSecret(
  { stdout }: Terminal,
  path: string,
  bytes: Uint8Array,
  { raw }: OutputWays,
): Promise<number> {
  if (raw || !stdout.isTerminal) await stdout.writeRaw(bytes);
  else await stdout.write(onLinesOfItsOwn(path, bytes));
  return exitCode.done;
}

/** As bytes, because tabs in our own texts would be escaped. */
function onLinesOfItsOwn(path: string, bytes: Uint8Array): Uint8Array {
  const text = textOf(bytes);
  if (text !== undefined) return new TextEncoder().encode(`${text.replace(/\n$/, '')}\n`);
  throw new UsageError(`the value of ${path} is not text, which is all that a terminal can show`, {
    hint: `write it to a file: \`commctl secret get ${path} > FILE\``,
  });
}

async function bytesFrom(file: string | undefined, stdin: Terminal['stdin']): Promise<Uint8Array> {
  if (file === undefined && stdin.isTerminal) return new TextEncoder().encode(await stdin.askSecret('Value: '));
  return file === undefined || file === '-' ? stdin.read() : contentOf(file);
}

async function contentOf(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new UsageError(`cannot read ${path}: ${systemReason(error)}`, {
      hint: 'give a file that you can read, or - for stdin',
      cause: error,
    });
  }
}
