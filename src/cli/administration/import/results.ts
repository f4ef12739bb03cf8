import { foldNodeSet } from '../../../lib/node-set.ts';
import { isObject } from '../../../lib/objects.ts';
import type { Outcome, Result } from '../../../original/carry-out.ts';
import type { Installation } from '../../../original/installation.ts';
import type { Action, PlanItem } from '../../../original/plan.ts';
import type { WantedKind } from '../../../original/wanted.ts';
import { prose, whole } from '../../cell.ts';
import { exitCode } from '../../exit-code.ts';
import type { Format } from '../../formats.ts';
import { print } from '../../output.ts';
import { type Table, table } from '../../table.ts';
import type { Terminal } from '../../terminal.ts';
import { UsageError } from '../../usage-error.ts';

export interface Printing {
  readonly terminal: Terminal;
  readonly format: Format;
  /** The API of etcd whose keys were read. */
  readonly api: string;
}

/** One line of the result. */
interface Row {
  readonly kind: WantedKind;
  readonly name: string;
  readonly result: string;
  readonly notes: readonly string[];
}

/** What an action would do, in a dry run. */
const planned: Readonly<Record<Action, string>> = {
  create: 'new',
  overwrite: 'overwrite',
  complete: 'complete',
  none: 'unchanged',
  skip: 'skip',
  conflict: 'conflict',
  leave_out: 'left out',
};

/** Prints what an import would do. Returns the exit code that it would have. */
export async function reportPlan(
  printing: Printing,
  plan: readonly PlanItem[],
  installation: Installation,
): Promise<number> {
  const rows = plan.map(({ kind, name, notes, action }) => ({ kind, name, result: planned[action], notes }));
  await printRows(printing, rows, installation);
  await printing.terminal.stderr.write('commissaire: a dry run: nothing was written\n');
  const isWhole = plan.every(({ kind, action }) => action !== 'conflict' && !(action === 'leave_out' && isLost(kind)));
  return isWhole ? exitCode.done : exitCode.failed;
}

/** @throws UsageError when records differ: then the plan was printed and nothing was written */
export async function refuseConflicts(
  printing: Printing,
  plan: readonly PlanItem[],
  installation: Installation,
): Promise<void> {
  const conflicts = plan.filter(({ action }) => action === 'conflict');
  if (conflicts.length === 0) return;
  const rows = conflicts.map(({ kind, name, notes }) => ({ kind, name, result: planned.conflict, notes }));
  await printRows(printing, rows, installation);
  throw new UsageError(`nothing was imported: ${conflicts.length} records are there already and differ`, {
    hint: 'repeat it with --skip, which keeps those that are there, or with --overwrite',
  });
}

/** Prints what an import did. Returns the exit code. */
export async function reportOutcomes(
  printing: Printing,
  outcomes: readonly Outcome[],
  installation: Installation,
): Promise<number> {
  await printRows(printing, outcomes, installation);
  const isBad = ({ kind, result }: Outcome) =>
    result === 'refused' || (result === ('left out' satisfies Result) && isLost(kind));
  return outcomes.some(isBad) ? exitCode.failed : exitCode.done;
}

/** Operations are left out by design. */
function isLost(kind: WantedKind): boolean {
  return kind !== 'operation';
}

async function printRows({ terminal, format, api }: Printing, rows: readonly Row[], installation: Installation) {
  const configurations = Object.fromEntries(
    Array.from(installation.configurations, ([daemon, text]) => [daemon, membersOf(text)]),
  );
  const counts = Object.fromEntries(
    Array.from(
      Map.groupBy(rows, ({ result }) => result),
      ([result, alike]) => [result, alike.length],
    ),
  );
  const value = { api, counts, records: rows, configurations };
  await print({ terminal, format }, { value, table: () => [...tableOf(rows), ...configurationLines(configurations)] });
}

/** A line for the records of a kind that have the same result and the same notes. */
function tableOf(rows: readonly Row[]): Table {
  if (rows.length === 0) return ['there are no records'];
  const groups = Map.groupBy(rows, ({ kind, result, notes }) => JSON.stringify([kind, result, notes]));
  const lines = Array.from(groups.values(), (alike) => {
    const [{ kind, result, notes } = { kind: 'key', result: '', notes: [] }] = alike;
    return [kind, String(alike.length), result, prose(namesOf(alike)), prose(notes.join('; '))];
  });
  return table([['KIND', 'COUNT', 'RESULT', 'NAMES', 'NOTES'].map(whole), ...lines]);
}

function namesOf(rows: readonly Row[]): string {
  const names = rows.map(({ name }) => name);
  return rows[0]?.kind === 'host' ? foldNodeSet(names) : names.join(', ');
}

/** Only the names of the members: their values hold passwords and tokens. */
function membersOf(text: string): string[] {
  try {
    const parsed: unknown = JSON.parse(text);
    return isObject(parsed) ? Object.keys(parsed) : [];
  } catch {
    return [];
  }
}

function configurationLines(configurations: Readonly<Record<string, readonly string[]>>): string[] {
  return Object.entries(configurations).map(([daemon, members]) => {
    const use = daemon === 'commissaire' ? '--write-config writes it to a file' : 'not needed here';
    return `configuration of ${daemon} in etcd (${members.join(', ') || 'no members'}): ${use}`;
  });
}
