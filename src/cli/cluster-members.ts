import type { Client } from '../client/connect.ts';
import { NoServerError } from '../client/no-server-error.ts';
import { type Context, command } from './context.ts';
import { exitCode } from './exit-code.ts';
import { force } from './noun.ts';
import { print } from './output.ts';
import { report } from './report.ts';

const name = { summary: 'name of the cluster' };
const target = { summary: 'hosts, as a target expression such as 192.0.2.[11-14]', many: true } as const;

/** The hosts that the command changed, and those that needed no change. */
interface Changed {
  readonly changed: readonly string[];
  readonly unchanged: readonly string[];
}

export const addMembers = command({
  name: 'add',
  summary: 'Make hosts of the inventory members of a cluster',
  arguments: { name, target },
  options: {},
  examples: ['commctl cluster add web 192.0.2.11 192.0.2.12', "commctl cluster add web 'label:rack=3'"],
  async handler(context, { name, target: words }) {
    const client = await context.connect();
    const hosts = await hostsOf(client, words);
    const members = new Set(await client.clusters.members(name));
    const { changed, code } = await changeEach(context, hosts, (host) =>
      members.has(host) ? undefined : client.clusters.addMember(name, host),
    );
    await tell(context, changed, { done: 'added', otherwise: 'a member already' });
    return code;
  },
});

export const removeMembers = command({
  name: 'remove',
  summary: 'Take hosts out of a cluster; they stay in the inventory',
  arguments: { name, target },
  options: { force },
  examples: ['commctl cluster remove web 192.0.2.11', "commctl cluster remove web 'label:rack=3' --force"],
  async handler(context, { name, target: words, force }) {
    const client = await context.connect();
    const hosts = await hostsOf(client, words);
    const members = new Set(await client.clusters.members(name));
    const { changed, code } = await changeEach(context, hosts, (host) =>
      members.has(host) ? client.clusters.removeMember(name, host, { force }) : undefined,
    );
    await tell(context, changed, { done: 'removed', otherwise: 'no member' });
    return code;
  },
});

/** The addresses of the hosts that at least one of the expressions selects. */
async function hostsOf(client: Client, words: readonly string[]): Promise<string[]> {
  const [only = '', ...others] = words;
  const expression = others.length === 0 ? only : words.map((word) => `(${word})`).join(' | ');
  const { records } = await client.hosts.page({ target: expression });
  return records.map(({ address }) => address);
}

/**
 * Changes one host after the other. It continues after a refusal, but stops when no server answers.
 *
 * @param change undefined for a host that needs no change
 */
async function changeEach(
  context: Context,
  hosts: readonly string[],
  change: (host: string) => Promise<unknown> | undefined,
): Promise<{ changed: Changed; code: number }> {
  const changed: string[] = [];
  const unchanged: string[] = [];
  let code: number = exitCode.done;
  for (const host of hosts) {
    try {
      const sent = change(host);
      await sent;
      (sent === undefined ? unchanged : changed).push(host);
    } catch (error) {
      code = Math.max(code, await report(error, 'commctl', context.terminal));
      if (error instanceof NoServerError) break;
    }
  }
  return { changed: { changed, unchanged }, code };
}

/** A person sees how many hosts were changed, and how many needed no change. */
async function tell(
  context: Context,
  { changed, unchanged }: Changed,
  words: { readonly done: 'added' | 'removed'; readonly otherwise: string },
): Promise<void> {
  if (context.dryRun) return;
  const others = unchanged.length === 0 ? '' : `, ${unchanged.length} ${words.otherwise}`;
  const hosts = changed.length === 1 ? 'host' : 'hosts';
  await print(context, {
    value: { [words.done]: changed, unchanged },
    names: changed,
    table: () => [`${changed.length} ${hosts} ${words.done}${others}`],
  });
}
