import { readdirSync, readFileSync } from 'node:fs';
import { descriptorLimit } from '../../lib/descriptor-limit.ts';
import { shareDescriptors } from '../../lib/descriptor-shares.ts';
import type { Check, Found } from './check.ts';

/** A socket of a client, and both ends of the relay behind it. */
const descriptorsEach = 3;
const remedy =
  'raise the limit: LimitNOFILE=65536 in the unit of the service, or `ulimit -n 65536` before `commissaire serve`';

/** How many files and sockets may be open, and how many the server has open. */
export const descriptors: Check = {
  name: 'descriptors',
  group: 'machine',
  run({ configuration, server }) {
    const limit = limitOf(server?.pid) ?? descriptorLimit();
    const whose = server?.pid === undefined ? 'this shell may' : 'the server may';
    const { connections, sessions } = shareDescriptors(limit);
    const room = Math.floor(connections / descriptorsEach);
    const found = `${whose} open ${limit} files: room for ${room} connections and ${sessions} SSH sessions`;
    const wanted = configuration?.maxConnections ?? 0;
    const enough: Found =
      room < wanted
        ? { verdict: 'warning', about: 'limit', found: `${found}, and max-connections is ${wanted}`, remedy }
        : { verdict: 'ok', about: 'limit', found };
    return [enough, ...used(server?.pid, limit)];
  },
};

function used(pid: number | undefined, limit: number): Found[] {
  const open = pid === undefined ? undefined : openOf(pid);
  if (open === undefined) return [];
  const found = `the server has ${open} of ${limit} open`;
  return [
    open < 0.75 * limit ? { verdict: 'ok', about: 'use', found } : { verdict: 'warning', about: 'use', found, remedy },
  ];
}

function openOf(pid: number): number | undefined {
  try {
    return readdirSync(`/proc/${pid}/fd`).length;
  } catch {
    return undefined;
  }
}

/** The soft limit of a process; undefined where it cannot be read. */
function limitOf(pid: number | undefined): number | undefined {
  if (pid === undefined) return undefined;
  try {
    const soft = /^Max open files\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/limits`, 'utf8'))?.[1];
    return soft === undefined ? undefined : Number(soft);
  } catch {
    return undefined;
  }
}
