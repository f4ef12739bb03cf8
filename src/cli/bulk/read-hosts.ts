import { readFile } from 'node:fs/promises';
import type { Described } from '../../inventory/formats/described-host.ts';
import { describedHosts, type HostFormat } from '../../inventory/formats/described-hosts.ts';
import { withoutByteOrderMark } from '../../lib/byte-order-mark.ts';
import { systemErrorCode } from '../../lib/errors.ts';
import { systemReason } from '../../lib/system-reason.ts';
import type { Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';
import { filesBeside } from './files-beside.ts';
import type { GroupUse } from './groups.ts';
import { sshClient } from './ssh-client.ts';

export interface HostFile {
  /** `-` for stdin. */
  path: string;
  /** Without it `commctl` looks at the name and the content. */
  format: HostFormat | undefined;
  groups: GroupUse;
}

/**
 * The hosts that a file describes, in any of the formats of the inventory.
 *
 * @param remoteUser the user to log in as where a configuration of OpenSSH names none
 * @throws UsageError when the file cannot be read
 */
export async function readHosts(
  { path, format }: Pick<HostFile, 'path' | 'format'>,
  remoteUser: string | undefined,
  terminal: Terminal,
): Promise<Described> {
  const text = path === '-' ? new TextDecoder().decode(await terminal.stdin.read()) : await contentOf(path);
  return describedHosts(withoutByteOrderMark(text), path, {
    format,
    ssh: () => sshClient(terminal, remoteUser),
    ...(path === '-' ? {} : { files: filesBeside(path) }),
  });
}

async function contentOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const isDirectory = systemErrorCode(error) === 'EISDIR';
    const hint = `make one file of it: ansible-inventory -i ${path} --list --yaml --output hosts.yml`;
    throw new UsageError(`cannot read the hosts in ${path}: ${systemReason(error)}`, {
      cause: error,
      ...(isDirectory ? { hint } : {}),
    });
  }
}
