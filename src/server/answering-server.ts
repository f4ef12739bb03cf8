import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemErrorCode } from '../lib/errors.ts';
import { withoutProxy } from '../lib/proxies.ts';
import type { RunningServer } from '../upkeep/doctor/check.ts';

const patienceMs = 3_000;

/** The server of a data directory, if one runs. It is asked for its version over its Unix socket. */
export async function answeringServer(dataDir: string, socket: string | undefined): Promise<RunningServer | undefined> {
  const version = socket === undefined ? undefined : await versionOver(socket);
  const pid = processOf(dataDir);
  return version === undefined && pid === undefined ? undefined : { pid, version };
}

async function versionOver(socket: string): Promise<string | undefined> {
  try {
    const options = { unix: socket, signal: AbortSignal.timeout(patienceMs), ...withoutProxy };
    const { version } = (await (await fetch('http://localhost/version', options)).json()) as { version?: unknown };
    return typeof version === 'string' ? version : undefined;
  } catch {
    return undefined;
  }
}

/** A server that was killed leaves its file behind, so its process must exist. */
function processOf(dataDir: string): number | undefined {
  try {
    const pid = Number(readFileSync(join(dataDir, 'server.pid'), 'utf8'));
    return Number.isSafeInteger(pid) && pid > 0 && isAlive(pid) ? pid : undefined;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemErrorCode(error) === 'EPERM';
  }
}
