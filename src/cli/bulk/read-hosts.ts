import { readFile } from 'node:fs/promises';
import type { Described } from '../../inventory/formats/described-host.ts';
import { describedHosts } from '../../inventory/formats/described-hosts.ts';
import { systemReason } from '../system-reason.ts';
import type { Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';

/**
 * The hosts that a file describes, in any of the formats of the inventory.
 *
 * @param path `-` for stdin
 * @throws UsageError when the file cannot be read
 */
export async function readHosts(path: string, { stdin }: Terminal): Promise<Described> {
  const text = path === '-' ? new TextDecoder().decode(await stdin.read()) : await contentOf(path);
  return describedHosts(text, path);
}

async function contentOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new UsageError(`cannot read the hosts in ${path}: ${systemReason(error)}`, { cause: error });
  }
}
