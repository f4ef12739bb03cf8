import type { Client } from '../../client/connect.ts';
import { NoServerError } from '../../client/no-server-error.ts';
import { NotSent } from '../../client/not-sent.ts';
import type { Fault, Remark } from '../../inventory/formats/described-host.ts';
import { prose, whole } from '../cell.ts';
import type { Context } from '../context.ts';
import { exitCode } from '../exit-code.ts';
import { print } from '../output.ts';
import { report } from '../report.ts';
import { type Table, table } from '../table.ts';
import { UsageError } from '../usage-error.ts';
import { jumpHostsFirst } from './jump-hosts-first.ts';
import { KeyFiles } from './key-files.ts';
import { type CheckedHost, type HostDefaults, newHosts, placeOf } from './new-hosts.ts';
import { type HostFile, readHosts } from './read-hosts.ts';

/** The result for a host of the file. */
interface Result {
  address: string;
  line: number;
  /** The file of the line, when another one includes it. */
  file?: string;
  result: 'registered' | 'refused' | 'not sent';
  /** Why it was refused. */
  error?: string;
}

/**
 * Registers the hosts of a file. It checks all of them before it sends the first, and prints one result for each.
 * Returns the worst exit code.
 *
 * @throws UsageError when something is wrong with the file: then nothing was sent
 */
export async function createHosts(context: Context, hostFile: HostFile, defaults: HostDefaults): Promise<number> {
  const { terminal } = context;
  const { path: file } = hostFile;
  const described = await readHosts(hostFile, defaults.remote_user, terminal);
  const surroundings = { file, keys: new KeyFiles(terminal), terminal };
  const checked = await newHosts(described.hosts, defaults, surroundings);
  const faults = [...described.faults, ...checked.faults];
  await terminal.stderr.write(linesOf(file, [...(described.remarks ?? []), ...checked.remarks], 'note: '));
  if (faults.length === 0 && checked.hosts.length === 0) throw new UsageError(`there is no host in ${file}`);
  // A faulty file needs neither a server nor a password prompt.
  const client = faults.length === 0 ? await context.connect() : undefined;
  if (client !== undefined) faults.push(...(await missingClusters(client, checked.hosts)));
  if (client === undefined || faults.length > 0) {
    await terminal.stderr.write(linesOf(file, faults));
    throw new UsageError(`nothing was sent: correct the faults of ${file}`);
  }
  return sendEach(context, client, jumpHostsFirst(checked.hosts));
}

/** One line for each, in the order of the lines; those of included files follow. */
function linesOf(file: string, remarks: readonly Remark[], prefix = ''): string {
  return remarks
    .toSorted((a, b) => (a.file ?? '').localeCompare(b.file ?? '') || a.line - b.line)
    .map((each) => `${each.file ?? file}:${each.line}: ${prefix}${each.message}\n`)
    .join('');
}

async function missingClusters(client: Client, hosts: readonly CheckedHost[]): Promise<Fault[]> {
  if (hosts.every(({ body }) => body.cluster === undefined)) return [];
  const known = new Set(await client.clusters.list());
  return hosts
    .filter(({ body: { cluster } }) => cluster !== undefined && !known.has(cluster))
    .map(({ body, ...place }) => ({ ...placeOf(place), message: `there is no cluster "${body.cluster}"` }));
}

/** Sends one after the other. It continues after a refusal, but stops when no server answers. */
async function sendEach(context: Context, client: Client, hosts: readonly CheckedHost[]): Promise<number> {
  const results: Result[] = [];
  let worst: number = exitCode.done;
  for (const { address, body, ...place } of hosts) {
    const at = { address, ...placeOf(place) };
    if (worst === exitCode.noServer) {
      results.push({ ...at, result: 'not sent' });
      continue;
    }
    try {
      await client.hosts.create(address, body);
      results.push({ ...at, result: 'registered' });
    } catch (error) {
      if (error instanceof NotSent) continue;
      worst = Math.max(worst, await report(error, `commctl: ${address}`, context.terminal));
      if (error instanceof NoServerError) results.push({ ...at, result: 'not sent' });
      else results.push({ ...at, result: 'refused', error: error instanceof Error ? error.message : '' });
    }
  }
  if (!context.dryRun) await print(context, { value: results, table: () => resultTable(results) });
  return worst;
}

function resultTable(results: readonly Result[]): Table {
  const rows = results.map(({ address, file, line, result, error = '' }) => [
    whole(address),
    file === undefined ? String(line) : whole(`${file}:${line}`),
    result,
    prose(error),
  ]);
  return table([['ADDRESS', 'LINE', 'RESULT', 'ERROR'], ...rows]);
}
