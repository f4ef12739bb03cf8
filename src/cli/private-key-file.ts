import { readFile } from 'node:fs/promises';
import { bytesWithoutByteOrderMark } from '../lib/byte-order-mark.ts';
import { systemReason } from '../lib/system-reason.ts';
import type { Terminal } from './terminal.ts';
import { UsageError } from './usage-error.ts';

/** The content of a key file, or of stdin for `-`, as base64. @throws UsageError */
export async function readPrivateKey(path: string, terminal: Terminal): Promise<string> {
  const bytes = bytesWithoutByteOrderMark(path === '-' ? await terminal.stdin.read() : await contentOf(path));
  if (bytes.length > 0) return Buffer.from(bytes).toString('base64');
  throw new UsageError(path === '-' ? 'there is no private key on stdin' : `the private key file ${path} is empty`);
}

async function contentOf(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new UsageError(`cannot read the private key file ${path}: ${systemReason(error)}`, {
      hint: 'give a file that you can read, or - for stdin',
      cause: error,
    });
  }
}
