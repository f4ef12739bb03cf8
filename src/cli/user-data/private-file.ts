import { statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { systemReason } from '../../lib/system-reason.ts';
import { replacePrivateFile } from '../replace-private-file.ts';
import { UsageError } from '../usage-error.ts';

/**
 * Writes a file that only its owner can read, even when it existed before: whole, or not at all. What is no file, such
 * as a pipe, is written to.
 *
 * @throws UsageError
 */
export async function writePrivateFile(path: string, text: string): Promise<void> {
  try {
    if (statSync(path, { throwIfNoEntry: false })?.isFile() === false) await writeFile(path, text);
    else await replacePrivateFile(path, text);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`cannot write ${path}: ${systemReason(error)}`, { cause: error });
  }
}
