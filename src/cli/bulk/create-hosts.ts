import type { Client } from '../../client/connect.ts';
import { NoServerError } from '../../client/no-server-error.ts';
import { NotSent } from '../../client/not-sent.ts';
import type { Fault } from '../../inventory/formats/described-host.ts';
import { prose, whole } from '../cell.ts';
import type { Context } from '../context.ts';
import { exitCode } from '../exit-code.ts';
import { print } from '../output.ts';
import { report } from '../report.ts';
import { type Table, table } from '../table.ts';
import { UsageError } from '../usage-error.ts';
import { jumpHostsFirst } from './jump-hosts-first.ts';
import { KeyFiles } from './key-files.ts';
import { type CheckedHost, type HostDefaults, newHosts } from './new-hosts.ts';
import { readHosts } from './read-hosts.ts';

/** The result for a host of the file. */
interface Result {
  address: string;
  line: number;
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
export async function createHosts(context: Context, file: string, defaults: HostDefaults): Promise<number> {
  const { terminal } = context;
  const described = await readHosts(file, terminal);
  const surroundings = { file, keys: new KeyFiles(terminal), terminal };
  const checked = await newHosts(described.hosts, defaults, surroundings);
  const faults = [...described.faults, ...checked.faults];
  if (faults.length === 0 && checked.hosts.length === 0) throw new UsageError(`there is no host in ${file}`);
  // A faulty file needs neither a server nor a password prompt.
  const client = faults.length === 0 ? await context.connect() : undefined;
  if (client !== undefined) faults.push(...(await missingClusters(client, checked.hosts)));
  if (client === undefined || faults.length > 0) {
    const lines = faults
      .toSorted((a, b) => a.line - b.line)
      .map(({ line, message }) => `${file}:${line}: ${message}\n`);
    await terminal.stderr.write(lines.join(''));
    throw new UsageError(`nothing was sent: correct the faults of ${file}`);
  }
  return sendEach(context, client, jumpHostsFirst(checked.hosts));
}

async function missingClusters(client: Client, hosts: readonly CheckedHost[]): Promise<Fault[]> {
  if (hosts.every(({ body }) => body.cluster === undefined)) return [];
  const known = new Set(await client.clusters.list());
  return hosts
    .filter(({ body: { cluster } }) => cluster !== undefined && !known.has(cluster))
    .map(({ line, body }) => ({ line, message: `there is no cluster "${body.cluster}"` }));
}

/** Sends one after the other. It continues after a refusal, but stops when no server answers. */
async function sendEach(context: Context, client: Client, hosts: readonly CheckedHost[]): Promise<number> {
  const results: Result[] = [];
  let worst: number = exitCode.done;
  for (const { address, line, body } of hosts) {
    if (worst === exitCode.noServer) {
      results.push({ address, line, result: 'not sent' });
      continue;
    }
    try {
      await client.hosts.create(address, body);
      results.push({ address, line, result: 'registered' });
    } catch (error) {
      if (error instanceof NotSent) continue;
      worst = Math.max(worst, await report(error, `commctl: ${address}`, context.terminal));
      if (error instanceof NoServerError) results.push({ address, line, result: 'not sent' });
      else results.push({ address, line, result: 'refused', error: error instanceof Error ? error.message : '' });
    }
  }
  if (!context.dryRun) await print(context, { value: results, table: () => resultTable(results) });
  return worst;
}

function resultTable(results: readonly Result[]): Table {
  const rows = results.map(({ address, line, result, error = '' }) => [
    whole(address),
    String(line),
    result,
    prose(error),
  ]);
  return table([['ADDRESS', 'LINE', 'RESULT', 'ERROR'], ...rows]);
}
