import type { Client } from '../client/connect.ts';
import { NoServerError } from '../client/no-server-error.ts';
import { ProblemError } from '../client/problem-error.ts';
import type { LabelChange, Labels } from '../inventory/labels.ts';
import { expandNodeSet } from '../lib/node-set.ts';
import { whole } from './cell.ts';
import { type Context, command } from './context.ts';
import { exitCode } from './exit-code.ts';
import { labelOf } from './labels.ts';
import { print } from './output.ts';
import { report } from './report.ts';
import { narrowed, selector } from './selector.ts';
import { type Table, table } from './table.ts';
import { UsageError } from './usage-error.ts';

export const hostLabel = command({
  name: 'label',
  summary: 'Set and remove labels of the hosts of a target',
  arguments: {
    target: {
      summary: 'address, name, node set such as 192.0.2.[11-14], or target expression such as cluster:web',
      completes: 'target',
    },
    change: { summary: 'KEY=VALUE to set a label, KEY- to remove it, or a further target', many: true },
  },
  options: { selector },
  examples: [
    'commctl host label 192.0.2.11 rack=3 role=db',
    'commctl host label cluster:web env=prod old-',
    'commctl host label 192.0.2.[11-14] node7 rack=4 role-',
  ],
  async handler(context, { target: first, change: words, selector }) {
    const targets = [first, ...words.filter((word) => !isChange(word))];
    const change = Object.fromEntries(words.filter(isChange).map(changeOf));
    if (Object.keys(change).length === 0) {
      throw new UsageError('no label is given', { hint: 'add KEY=VALUE to set one, or KEY- to remove it' });
    }
    const named = targets.map((target) => ({ target, addresses: addressesIn(target, selector) }));
    const client = await context.connect();
    const hosts = await hostsOf(client, named, selector);
    return changeEach(context, client, { hosts, change });
  },
});

/** `label:rack=3` is a target. No address contains an equals sign, and none ends with a minus sign. */
function isChange(word: string): boolean {
  return !isExpression(word) && (word.includes('=') || word.endsWith('-'));
}

function isExpression(word: string): boolean {
  return word === 'all' || /^(?:cluster|label|host|status|os):|[\s&|()]/.test(word);
}

function changeOf(word: string): [key: string, value: string | null] {
  return word.includes('=') ? labelOf(word) : [word.slice(0, -1), null];
}

/** The hosts by address, with their labels where the server was asked for them. */
type Known = ReadonlyMap<string, Labels | undefined>;

interface Named {
  readonly target: string;
  /** Undefined for what the server resolves. */
  readonly addresses: readonly string[] | undefined;
}

/** Of a node set the server says for each host whether there is one. @throws AppError `invalid_target` */
function addressesIn(target: string, selector: string | undefined): readonly string[] | undefined {
  return selector === undefined && !isExpression(target) ? expandNodeSet(target) : undefined;
}

async function hostsOf(client: Client, named: readonly Named[], selector: string | undefined): Promise<Known> {
  const hosts = new Map<string, Labels | undefined>();
  for (const { target, addresses } of named) {
    for (const address of addresses ?? []) hosts.set(address, hosts.get(address));
    if (addresses !== undefined) continue;
    const { records } = await client.hosts.page({ target: narrowed(target, selector) });
    for (const { address, labels } of records) hosts.set(address, labels);
  }
  return hosts;
}

interface Changing {
  readonly hosts: Known;
  readonly change: LabelChange;
}

interface Changed {
  readonly address: string;
  readonly labels: Labels;
  readonly isChanged: boolean;
}

/**
 * Changes one host after the other, and leaves out those that have these labels already. It continues after a refusal,
 * but stops when no server answers. Prints the resulting labels of each host, says how many were changed, and returns
 * the worst exit code.
 */
async function changeEach(context: Context, client: Client, { hosts, change }: Changing): Promise<number> {
  const done: Changed[] = [];
  let worst: number = exitCode.done;
  for (const [address, known] of hosts) {
    try {
      const before = known ?? (hosts.size > 1 && !context.dryRun ? await labelsOf(client, address) : undefined);
      done.push(await changeOne(client, address, { before, change }));
    } catch (error) {
      worst = Math.max(worst, await report(error, 'commctl', context.terminal));
      if (error instanceof NoServerError) break;
    }
  }
  if (hosts.size === 0) await context.terminal.stderr.write('No hosts.\n');
  if (done.length > 0) await printLabels(context, done);
  if (hosts.size > 1 && !context.dryRun) await context.terminal.stderr.write(`${summaryOf(done, hosts.size)}\n`);
  return worst;
}

/** Undefined for a caller who may not read them, and for a host that does not exist: the change is then refused. */
async function labelsOf(client: Client, address: string): Promise<Labels | undefined> {
  try {
    return await client.hosts.labels(address);
  } catch (error) {
    if (error instanceof ProblemError) return undefined;
    throw error;
  }
}

async function changeOne(
  client: Client,
  address: string,
  { before, change }: { readonly before: Labels | undefined; readonly change: LabelChange },
): Promise<Changed> {
  const isDone =
    before !== undefined && Object.entries(change).every(([key, value]) => (before[key] ?? null) === value);
  if (isDone) return { address, labels: before, isChanged: false };
  return { address, labels: await client.hosts.changeLabels(address, change), isChanged: true };
}

async function printLabels(context: Context, done: readonly Changed[]): Promise<void> {
  const names = done.map(({ address }) => address);
  const value = Object.fromEntries(done.map(({ address, labels }) => [address, labels]));
  await print(context, { value, names, table: () => labelTable(done) });
}

/** `31 hosts: 28 changed, 3 unchanged`. */
function summaryOf(done: readonly Changed[], total: number): string {
  const changed = done.filter(({ isChanged }) => isChanged).length;
  const parts = [
    `${changed} changed`,
    ...(done.length > changed ? [`${done.length - changed} unchanged`] : []),
    ...(total > done.length ? [`${total - done.length} refused`] : []),
  ];
  return `${total} hosts: ${parts.join(', ')}`;
}

function labelTable(hosts: readonly Changed[]): Table {
  const wordsOf = (labels: Labels) => Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  return table([
    ['ADDRESS', 'LABELS'],
    ...hosts.map(({ address, labels }) => [whole(address), whole(wordsOf(labels).join(' '))]),
  ]);
}
