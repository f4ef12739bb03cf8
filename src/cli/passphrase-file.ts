import { readFile } from 'node:fs/promises';
import { systemReason } from '../lib/system-reason.ts';
import type { Terminal } from './terminal.ts';
import { UsageError } from './usage-error.ts';

/**
 * The passphrase in a file, or on stdin for `-`, without its last line break, which comes from an editor.
 *
 * @throws UsageError when it cannot be read or is empty
 */
export async function readPassphraseFile(path: string, { stdin }: Terminal): Promise<string> {
  const text = Buffer.from(await bytesOf(path, stdin))
    .toString('utf8')
    .replace(/\r?\n$/, '');
  if (text !== '') return text;
  throw new UsageError(`the passphrase in ${path} is empty`, { hint: 'write the passphrase into the file' });
}

async function bytesOf(path: string, stdin: Terminal['stdin']): Promise<Uint8Array> {
  try {
    return path === '-' ? await stdin.read() : await readFile(path);
  } catch (cause) {
    throw new UsageError(`the passphrase file ${path} cannot be read: ${systemReason(cause)}`, {
      hint: 'name a file that you can read, or - for stdin',
      cause,
    });
  }
}
