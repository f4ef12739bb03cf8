import type { ListQuery, Page } from '../client/page.ts';
import type { Context } from './context.ts';
import type { OptionValues } from './declaration.ts';
import { underHeading } from './help/under-heading.ts';
import { watch } from './list-watch.ts';
import { print } from './output.ts';
import type { Table } from './table.ts';
import { UsageError } from './usage-error.ts';

/** The options of every list: see docs/api.md, "Lists". */
export const listOptions = underHeading('List options', {
  filter: {
    type: 'list',
    placeholder: 'MEMBER=CONDITION',
    summary:
      'only records whose member meets the condition: VALUE with * and ?, Ne(V), Gte(V), Between(V,W), In(V,W); repeatable',
  },
  sort: {
    type: 'text',
    placeholder: 'MEMBERS',
    summary: 'sort by these members, comma-separated; -MEMBER for descending order',
  },
  reverse: { type: 'flag', summary: 'in reverse order' },
  offset: { type: 'integer', minimum: 0, placeholder: 'N', summary: 'skip the first N' },
  limit: { type: 'integer', minimum: 1, placeholder: 'N', summary: 'at most N' },
  watch,
});

export interface OwnConditions {
  /** Conditions by member that have their own option; undefined for those not given. */
  readonly own?: Readonly<Record<string, string | undefined>>;
  /** Query parameters of the list that are no members of its records. */
  readonly others?: readonly string[];
}

/** The query for the options. @throws UsageError naming a `--filter` that is no condition */
export function listQuery(
  { filter, sort, reverse, offset, limit }: Omit<OptionValues<typeof listOptions>, 'watch'>,
  { own = {}, others = [] }: OwnConditions = {},
): ListQuery {
  const named = Object.entries(own).flatMap(([member, condition]) =>
    condition === undefined ? [] : [`${member}=${condition}`],
  );
  const where = conditionsOf([...named, ...filter], [...pageParameters, ...others]);
  return { where, sort, reverse: reverse || undefined, offset, limit };
}

export interface PageView<T> {
  /** What the records are called. */
  readonly plural: string;
  readonly table?: (records: readonly T[]) => Table;
  /** Of the lines of the table, on a terminal. */
  readonly colours?: (records: readonly T[]) => readonly (number | undefined)[];
}

/** Prints a page of a list; stderr says when it is not the whole list. */
export async function printPage<T>(
  context: Context,
  { records, total }: Page<T>,
  { plural, table, colours }: PageView<T>,
): Promise<number> {
  const lines = table === undefined ? {} : { table: () => table(records), colours: colours?.(records) };
  // A page past the end is empty, which does not mean that the list is.
  const none = total === 0 ? { none: `No ${plural}.` } : {};
  const code = await print(context, { value: records, ...lines, ...none });
  const isPart = records.length < total && context.format === 'table';
  if (isPart) await context.terminal.stderr.write(`${records.length} of ${total} ${plural}\n`);
  return code;
}

const pageParameters = ['limit', 'offset', 'sort', 'reverse'];

/** @throws UsageError */
function conditionsOf(words: readonly string[], reserved: readonly string[]): Record<string, string[]> {
  const conditions: Record<string, string[]> = {};
  for (const word of words) {
    const at = word.indexOf('=');
    const member = word.slice(0, Math.max(at, 0));
    if (!/^[a-z_]+(\..+)?$/.test(member) || reserved.includes(member)) {
      throw new UsageError(`--filter: "${word}" is not a condition`, { hint: 'write it as MEMBER=CONDITION' });
    }
    conditions[member] = [...(conditions[member] ?? []), word.slice(at + 1)];
  }
  return conditions;
}
