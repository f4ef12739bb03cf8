import type { Client } from '../../client/connect.ts';
import { ProblemError } from '../../client/problem-error.ts';
import type { Fault, Remark } from '../../inventory/formats/described-host.ts';
import type { Context } from '../context.ts';
import { UsageError } from '../usage-error.ts';
import { unusedGroups } from './groups.ts';
import { jumpHostsFirst } from './jump-hosts-first.ts';
import { KeyFiles } from './key-files.ts';
import { type CheckedHost, type HostDefaults, newHosts, placeOf } from './new-hosts.ts';
import { type HostFile, readHosts } from './read-hosts.ts';
import { sendEach } from './send-each.ts';

/**
 * Registers the hosts of a file. It checks all of them before it sends the first, and prints one result for each.
 * Returns the worst exit code.
 *
 * @throws UsageError when something is wrong with the file: then nothing was sent
 */
export async function createHosts(context: Context, hostFile: HostFile, defaults: HostDefaults): Promise<number> {
  const { terminal } = context;
  const { path: file, groups } = hostFile;
  const described = await readHosts(hostFile, defaults.remote_user, terminal);
  const surroundings = { file, keys: new KeyFiles(terminal), terminal, groups };
  const checked = await newHosts(described.hosts, defaults, surroundings);
  const faults = [...described.faults, ...checked.faults];
  const remarks = [...(described.remarks ?? []), ...unusedGroups(described.hosts, groups), ...checked.remarks];
  await terminal.stderr.write(linesOf(file, remarks, 'note: '));
  if (faults.length === 0 && checked.hosts.length === 0) throw new UsageError(`there is no host in ${file}`);
  // A faulty file needs neither a server nor a password prompt.
  const client = faults.length === 0 ? await context.connect() : undefined;
  const known = client === undefined ? new Set<string>() : await knownClusters(client, checked.hosts);
  faults.push(...(client === undefined ? [] : missingClusters(known, checked.hosts)));
  if (client === undefined || faults.length > 0) {
    await terminal.stderr.write(linesOf(file, faults));
    throw new UsageError(`nothing was sent: correct the faults of ${file}`);
  }
  const created = await createClusters(context, client, newClusters(known, checked.hosts));
  return sendEach(context, client, jumpHostsFirst(checked.hosts), created);
}

/** One line for each, in the order of the lines; those of included files follow. */
function linesOf(file: string, remarks: readonly Remark[], prefix = ''): string {
  return remarks
    .toSorted((a, b) => (a.file ?? '').localeCompare(b.file ?? '') || a.line - b.line)
    .map((each) => `${each.file ?? file}:${each.line}: ${prefix}${each.message}\n`)
    .join('');
}

async function knownClusters(client: Client, hosts: readonly CheckedHost[]): Promise<ReadonlySet<string>> {
  if (hosts.every(({ body }) => body.cluster === undefined)) return new Set();
  return new Set(await client.clusters.list());
}

function missingClusters(known: ReadonlySet<string>, hosts: readonly CheckedHost[]): Fault[] {
  return hosts
    .filter(({ body: { cluster }, isGroupCluster }) => cluster !== undefined && !isGroupCluster && !known.has(cluster))
    .map(({ body, ...place }) => ({ ...placeOf(place), message: `there is no cluster "${body.cluster}"` }));
}

function newClusters(known: ReadonlySet<string>, hosts: readonly CheckedHost[]): string[] {
  const named = hosts.flatMap(({ body: { cluster }, isGroupCluster }) =>
    cluster !== undefined && isGroupCluster && !known.has(cluster) ? [cluster] : [],
  );
  return [...new Set(named)].toSorted();
}

/** Creates the clusters of groups. Somebody else may have created one meanwhile. Returns those that are new. */
async function createClusters(
  context: Context,
  client: Client,
  names: readonly string[],
): Promise<ReadonlySet<string>> {
  for (const name of names) {
    const note = context.dryRun ? 'would be created' : 'was created';
    if (!context.dryRun) {
      await client.clusters.create(name, {}, { ifNoneMatch: '*' }).catch((error: unknown) => {
        if (!(error instanceof ProblemError && error.code === 'precondition_failed')) throw error;
      });
    }
    await context.terminal.stderr.write(`commctl: note: the cluster ${name} ${note}\n`);
  }
  return new Set(names);
}
