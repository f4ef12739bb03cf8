import { readFileSync } from 'node:fs';
import type { Check, Found } from './check.ts';
import { shownBytes } from './shown-bytes.ts';

const mebibyte = 1024 ** 2;
/** What a server with a few thousand hosts needs while an operation runs. */
const enough = 512 * mebibyte;
/** An idle server needs less than this. */
const least = 128 * mebibyte;

/** What the machine and the control group of the server let it use. */
export const memory: Check = {
  name: 'memory',
  group: 'machine',
  run({ server }) {
    const available = /^MemAvailable:\s+(\d+) kB/m.exec(textOf('/proc/meminfo') ?? '')?.[1];
    const group = groupOf(server?.pid);
    const limit = Number(textOf(`/sys/fs/cgroup${group}/memory.max`)?.trim());
    return [
      ...(available === undefined ? [] : [judged('available', Number(available) * 1024, 'of memory are available')]),
      ...(Number.isFinite(limit) && limit > 0
        ? [judged('limit', limit, `is the limit of the control group ${group}`)]
        : []),
    ];
  },
};

function judged(about: string, bytes: number, what: string): Found {
  const found = `${shownBytes(bytes)} ${what}`;
  const remedy = `give it at least ${shownBytes(enough)}: more memory, or a higher MemoryMax in the unit of the service`;
  if (bytes >= enough) return { verdict: 'ok', about, found };
  return { verdict: bytes < least ? 'failure' : 'warning', about, found, remedy };
}

/** The control group of a process (cgroups(7), version 2); empty for the root or where there are none. */
export function groupOf(pid: number | undefined): string {
  const path = /^0::(\/.*)$/m.exec(textOf(`/proc/${pid ?? 'self'}/cgroup`) ?? '')?.[1];
  return path === undefined || path === '/' ? '' : path;
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
