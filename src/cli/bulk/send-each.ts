import type { Client } from '../../client/connect.ts';
import type { NewHost } from '../../client/hosts.ts';
import { NoServerError } from '../../client/no-server-error.ts';
import { NotSent } from '../../client/not-sent.ts';
import { ProblemError } from '../../client/problem-error.ts';
import type { SameMachine } from '../../inventory/same-machine.ts';
import { foldNodeSet } from '../../lib/node-set.ts';
import { prose, whole } from '../cell.ts';
import type { Context } from '../context.ts';
import { exitCode } from '../exit-code.ts';
import { print } from '../output.ts';
import { report } from '../report.ts';
import { sameMachineWarnings } from '../same-machine.ts';
import { type Table, table } from '../table.ts';
import { changesOf } from './changes.ts';
import { type CheckedHost, placeOf } from './new-hosts.ts';

/** The result for a host of the file. In a dry run `new` is what would be registered, and `joins` what would join. */
interface Result {
  address: string;
  name?: string;
  line: number;
  /** The file of the line, when another one includes it. */
  file?: string;
  result: 'registered' | 'new' | 'joined' | 'joins' | 'unchanged' | 'different' | 'refused' | 'not sent';
  /** The members that the host has otherwise, and keeps. */
  differs?: string[];
  /** Why it was refused. */
  error?: string;
}

/**
 * Sends one after the other. It continues after a refusal, but stops when no server answers. Hosts that were refused for
 * the same reason are reported together.
 *
 * @param newClusters those that were created for groups, or would be in a dry run
 */
export async function sendEach(
  context: Context,
  client: Client,
  hosts: readonly CheckedHost[],
  newClusters: ReadonlySet<string>,
): Promise<number> {
  const results: Result[] = [];
  const refused: Refused[] = [];
  const same = new Map<string, readonly SameMachine[]>();
  let worst: number = exitCode.done;
  for (const host of hosts) {
    const { address, body, ...place } = host;
    const at = { address, ...(body.name === undefined ? {} : { name: body.name }), ...placeOf(place) };
    if (worst === exitCode.noServer) {
      results.push({ ...at, result: 'not sent' });
      continue;
    }
    try {
      const sent = await send(context, client, host, newClusters);
      if (sent.same !== undefined) same.set(address, sent.same);
      results.push({ ...at, ...sent.outcome });
      if (sent.outcome.result === 'different') worst = Math.max(worst, exitCode.failed);
    } catch (error) {
      if (error instanceof NotSent) continue;
      if (error instanceof NoServerError) {
        worst = await report(error, `commctl: ${address}`, context.terminal);
        results.push({ ...at, result: 'not sent' });
        continue;
      }
      refused.push({ address, error });
      results.push({ ...at, result: 'refused', error: error instanceof Error ? error.message : '' });
    }
  }
  await context.terminal.stderr.write(sameMachineWarnings(same));
  worst = Math.max(worst, await reportRefused(context, refused));
  await reportDifferent(context, results);
  if (results.length > 0) await print(context, { value: results, table: () => resultTable(results) });
  return worst;
}

interface Sent {
  outcome: Pick<Result, 'result' | 'differs'>;
  same: readonly SameMachine[] | undefined;
}

async function send(
  context: Context,
  client: Client,
  host: CheckedHost,
  newClusters: ReadonlySet<string>,
): Promise<Sent> {
  const { address, body, isGroupCluster } = host;
  try {
    return await (context.dryRun ? checked(client, address, body, newClusters) : created(client, address, body));
  } catch (error) {
    const isOutside = error instanceof ProblemError && error.code === 'host_not_in_cluster';
    if (!isGroupCluster || body.cluster === undefined || !isOutside) throw error;
    // The host was registered before without its group.
    if (!context.dryRun) await client.clusters.addMember(body.cluster, address);
    return { outcome: { result: context.dryRun ? 'joins' : 'joined' }, same: undefined };
  }
}

async function created(client: Client, address: string, body: NewHost): Promise<Sent> {
  const { existing, same_machine: same } = await client.hosts.create(address, body);
  return { outcome: existing === undefined ? { result: 'registered' } : known(existing.differs), same };
}

async function checked(
  client: Client,
  address: string,
  body: NewHost,
  newClusters: ReadonlySet<string>,
): Promise<Sent> {
  // The server refuses a cluster that does not exist yet.
  const cluster = body.cluster !== undefined && newClusters.has(body.cluster) ? undefined : body.cluster;
  try {
    const { result, differs, same_machine: same } = await client.hosts.check(address, { ...body, cluster });
    if (result === 'new') return { outcome: { result }, same };
    return { outcome: cluster === body.cluster ? known(differs) : { result: 'joins' }, same };
  } catch (error) {
    if (!(error instanceof ProblemError && error.code === 'route_not_found')) throw error;
    // An older server has no such check: the request is shown instead.
    return created(client, address, body);
  }
}

function known(differs: string[]): Sent['outcome'] {
  return differs.length === 0 ? { result: 'unchanged' } : { result: 'different', differs };
}

interface Refused {
  address: string;
  error: unknown;
}

/** One report for each reason. HOST stands for the address in the reason of several hosts. */
async function reportRefused({ terminal }: Context, refused: readonly Refused[]): Promise<number> {
  let worst: number = exitCode.done;
  for (const alike of Map.groupBy(refused, reasonOf).values()) {
    const [first] = alike;
    if (first === undefined) continue;
    const hosts = foldNodeSet(alike.map(({ address }) => address));
    const error = alike.length === 1 ? first.error : withoutAddress(first);
    const count = alike.length === 1 ? '' : ` (${alike.length} hosts)`;
    worst = Math.max(worst, await report(error, `commctl: ${hosts}${count}`, terminal));
  }
  return worst;
}

function reasonOf(refused: Refused): string {
  const error = withoutAddress(refused);
  return error instanceof ProblemError ? `${error.code} ${error.message} ${error.hint}` : String(error);
}

function withoutAddress({ address, error }: Refused): unknown {
  if (!(error instanceof ProblemError)) return error;
  const blank = (text: string) => text.replaceAll(address, 'HOST');
  const { status, code, detail, hint, requestId, members } = error;
  return new ProblemError({
    status,
    code,
    detail: blank(detail),
    hint: hint === undefined ? undefined : blank(hint),
    requestId,
    members,
  });
}

/** One line for the hosts that differ in the same members, with the commands that change those. */
async function reportDifferent({ terminal }: Context, results: readonly Result[]): Promise<void> {
  const different = results.filter(({ result }) => result === 'different');
  for (const [members, alike] of Map.groupBy(different, ({ differs = [] }) => differs.join(', '))) {
    const hosts = foldNodeSet(alike.map(({ address }) => address));
    const [first] = alike;
    const host = alike.length === 1 ? hosts : 'HOST';
    const ways = changesOf(host, first?.differs ?? []).map((way) => `\`${way}\``);
    const message = `registered already, and kept as it is: another ${members}`;
    await terminal.stderr.write(`commctl: ${hosts}: ${message}\nhint: change it with ${ways.join(', ')}\n`);
  }
}

/** More results than this are folded. */
const mostRows = 10;

/** One line for each host; of many, only for those that were not taken as they are, below one line for each result. */
function resultTable(results: readonly Result[]): Table {
  if (results.length <= mostRows) return hostTable(results);
  const good = Map.groupBy(
    results.filter(({ result }) => goodResults.includes(result)),
    ({ result }) => result,
  );
  const rows = Array.from(good, ([result, alike]) => [
    String(alike.length),
    result,
    prose(foldNodeSet(alike.map(({ name, address }) => name ?? address))),
  ]);
  const others = results.filter(({ result }) => !goodResults.includes(result));
  return [
    ...(rows.length === 0 ? [] : table([['COUNT', 'RESULT', 'HOSTS'], ...rows])),
    ...(others.length === 0 ? [] : [...(rows.length === 0 ? [] : ['']), ...hostTable(others)]),
  ];
}

const goodResults: readonly Result['result'][] = ['registered', 'new', 'joined', 'joins', 'unchanged'];

function hostTable(results: readonly Result[]): Table {
  const named = results.some(({ name }) => name !== undefined);
  const rows = results.map(({ address, name = '', file, line, result, differs = [], error = '' }) => [
    whole(address),
    ...(named ? [whole(name)] : []),
    file === undefined ? String(line) : whole(`${file}:${line}`),
    result,
    prose(error === '' ? differs.join(', ') : error),
  ]);
  const counts = Map.groupBy(results, ({ result }) => result);
  const summary = Array.from(counts, ([result, { length }]) => `${length} ${result}`).join(', ');
  return [
    ...table([['ADDRESS', ...(named ? ['NAME'] : []), 'LINE', 'RESULT', 'ERROR'], ...rows]),
    ...(results.length > 1 ? [summary] : []),
  ];
}
