import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { Check, Found } from './check.ts';

/** The state of a listening socket in proc(5). */
const listening = '0A';

/** Whether the port is free, or our server listens on it. */
export const port: Check = {
  name: 'port',
  group: 'server',
  run({ configuration, server }) {
    const number = configuration?.listenPort;
    if (number === undefined) return [];
    if (number === 0) return [{ verdict: 'ok', found: 'the server takes any free port' }];
    const sockets = listenersOn(number);
    if (sockets === undefined) return [];
    if (sockets.length === 0)
      return [server === undefined ? { verdict: 'ok', found: `${number} is free` } : silent(number)];
    const holder = holderOf(sockets);
    if (server !== undefined && holder?.pid === server.pid) {
      return [{ verdict: 'ok', found: `our server, process ${holder?.pid}, listens on ${number}` }];
    }
    const who = holder === undefined ? 'another process' : `${holder.name} (process ${holder.pid})`;
    // Without the right to see whose a socket is, it may be that of the server.
    if (server !== undefined && holder === undefined)
      return [{ verdict: 'ok', found: `something listens on ${number}` }];
    const remedy = 'stop that process, or choose another listen-port';
    return [{ verdict: 'failure', found: `${who} listens on ${number}`, remedy }];
  },
};

function silent(number: number): Found {
  const remedy =
    'see whether the configuration that it was started with has another listen-port; restart it to use this one';
  return { verdict: 'warning', found: `the server runs, and nothing listens on ${number}`, remedy };
}

/** The inodes of the sockets that listen on a port; undefined where the system does not tell. */
function listenersOn(number: number): string[] | undefined {
  const tables = ['/proc/net/tcp', '/proc/net/tcp6'].map(linesOf);
  if (tables.every((lines) => lines === undefined)) return undefined;
  const wanted = number.toString(16).toUpperCase().padStart(4, '0');
  return tables
    .flatMap((lines) => lines ?? [])
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local = '', , state]) => state === listening && local.endsWith(`:${wanted}`))
    .map((fields) => fields[9] ?? '');
}

/** The process that has one of the sockets open, as far as this user may see. */
function holderOf(inodes: readonly string[]): { pid: number; name: string } | undefined {
  const links = inodes.map((inode) => `socket:[${inode}]`);
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const isHolder = descriptorsOf(pid).some((link) => links.includes(link));
    if (isHolder) return { pid: Number(pid), name: linesOf(`/proc/${pid}/comm`)?.[0] ?? 'a process' };
  }
  return undefined;
}

function descriptorsOf(pid: string): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).map((fd) => linkAt(`/proc/${pid}/fd/${fd}`));
  } catch {
    return [];
  }
}

/** Empty for a descriptor that was closed meanwhile. */
function linkAt(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

function linesOf(path: string): string[] | undefined {
  try {
    return readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => line !== '');
  } catch {
    return undefined;
  }
}
