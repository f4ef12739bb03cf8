import { open } from 'node:fs/promises';
import { systemReason } from '../../lib/system-reason.ts';
import { UsageError } from '../usage-error.ts';

/** Writes a file that only its owner can read, even when it existed before. @throws UsageError */
export async function writePrivateFile(path: string, text: string): Promise<void> {
  try {
    await using file = await open(path, 'w', 0o600);
    if ((await file.stat()).isFile()) await file.chmod(0o600);
    await file.writeFile(text);
  } catch (error) {
    throw new UsageError(`cannot write ${path}: ${systemReason(error)}`, { cause: error });
  }
}
