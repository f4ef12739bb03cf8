import type { Client } from '../client/connect.ts';
import { NoServerError } from '../client/no-server-error.ts';
import { type Context, command } from './context.ts';
import { exitCode } from './exit-code.ts';
import { force } from './noun.ts';
import { oneHostIn } from './one-host.ts';
import { print } from './output.ts';
import { report } from './report.ts';

const target = {
  summary: 'address, name, node set such as 192.0.2.[11-14], or target expression such as label:rack=3',
  completes: 'target',
} as const;
const cluster = { summary: 'name of the cluster', completes: 'cluster' } as const;

export const join = command({
  name: 'join',
  summary: 'Make a host, or the hosts of a target, members of a cluster',
  arguments: { target, cluster },
  options: {},
  examples: ['commctl host join 192.0.2.11 web', "commctl host join 'label:rack=3' web"],
  async handler(context, { target, cluster }) {
    const { clusters, hosts } = await context.connect();
    // The answer for one host is that of its route, as in the original.
    const host = oneHostIn(target);
    if (host !== undefined) return print(context, { value: await clusters.addMember(cluster, host) });
    const members = new Set(await clusters.members(cluster));
    return changeEach(context, await addressesOf(hosts, target), {
      needsNone: (host) => members.has(host),
      change: (host) => clusters.addMember(cluster, host),
      done: 'added',
      unchanged: 'already in the cluster',
    });
  },
});

export const unjoin = command({
  name: 'unjoin',
  summary: 'Take a host, or the hosts of a target, out of a cluster',
  arguments: { target, cluster },
  options: { force },
  examples: ['commctl host unjoin 192.0.2.11 web', "commctl host unjoin '192.0.2.[11-14]' web"],
  async handler(context, { target, cluster, force }) {
    const { clusters, hosts } = await context.connect();
    const host = oneHostIn(target);
    if (host !== undefined) {
      await clusters.removeMember(cluster, host, { force });
      return print(context, { value: 'Success' });
    }
    const members = new Set(await clusters.members(cluster));
    return changeEach(context, await addressesOf(hosts, target), {
      needsNone: (host) => !members.has(host),
      change: (host) => clusters.removeMember(cluster, host, { force }),
      done: 'removed',
      unchanged: 'no member',
    });
  },
});

async function addressesOf(hosts: Client['hosts'], target: string): Promise<string[]> {
  const { records } = await hosts.page({ target });
  return records.map(({ address }) => address);
}

interface Change {
  /** Whether a host is as wanted without a change. */
  readonly needsNone: (host: string) => boolean;
  readonly change: (host: string) => Promise<unknown>;
  readonly done: 'added' | 'removed';
  /** What a person reads about the hosts that need no change. */
  readonly unchanged: string;
}

/**
 * Changes one host after the other. It continues after a refusal, but stops when no server answers. Prints the hosts
 * that were changed, and those that needed no change; a person sees how many. Returns the worst exit code.
 */
async function changeEach(context: Context, hosts: readonly string[], wanted: Change): Promise<number> {
  const changed: string[] = [];
  let worst: number = exitCode.done;
  for (const host of hosts) {
    if (wanted.needsNone(host)) continue;
    try {
      await wanted.change(host);
      changed.push(host);
    } catch (error) {
      worst = Math.max(worst, await report(error, 'commctl', context.terminal));
      if (error instanceof NoServerError) break;
    }
  }
  const unchanged = hosts.filter(wanted.needsNone);
  const others = unchanged.length === 0 ? '' : `, ${unchanged.length} ${wanted.unchanged}`;
  if (context.dryRun) return worst;
  await print(context, {
    value: { [wanted.done]: changed, unchanged },
    names: changed,
    table: () => [`${changed.length} ${changed.length === 1 ? 'host' : 'hosts'} ${wanted.done}${others}`],
  });
  return worst;
}
