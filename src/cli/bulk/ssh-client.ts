import { readdir, readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import type { SshClient } from '../../inventory/formats/ssh-config/client.ts';
import { systemErrorCode } from '../../lib/errors.ts';
import { systemReason } from '../../lib/system-reason.ts';
import type { Terminal } from '../terminal.ts';

/**
 * What ssh would know if the person at the terminal ran it.
 *
 * @param remoteUser the user to log in as where the configuration names none
 */
export async function sshClient(
  { environment, homeDirectory }: Terminal,
  remoteUser: string | undefined,
): Promise<SshClient> {
  return {
    user: await localUser(),
    uid: process.getuid?.(),
    home: homeDirectory,
    hostName: hostname(),
    environment,
    remoteUser,
    files: { names, read },
  };
}

/** As ssh, asks the system: Bun takes the name from the environment. Undefined when the user has no name. */
async function localUser(): Promise<string | undefined> {
  try {
    const child = Bun.spawn(['id', '-un'], { stdin: 'ignore', stdout: 'pipe', stderr: 'ignore' });
    const [name, code] = await Promise.all([new Response(child.stdout).text(), child.exited]);
    return code === 0 ? name.trim() : undefined;
  } catch {
    return undefined;
  }
}

async function names(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EACCES'].includes(systemErrorCode(error) ?? '')) return [];
    throw error;
  }
}

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new Error(`cannot read the included file ${path}: ${systemReason(error)}`, { cause: error });
  }
}
