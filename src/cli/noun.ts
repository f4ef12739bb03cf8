import type { Client } from '../client/connect.ts';
import type { ListQuery, Page } from '../client/page.ts';
import { yes } from './confirmation.ts';
import { type Context, command } from './context.ts';
import type { Completes } from './declaration.ts';
import { deleteEach } from './delete-each.ts';
import { listOptions, listQuery, printPage } from './list-options.ts';
import { watching } from './list-watch.ts';
import { pageByName } from './natural-page.ts';
import { print } from './output.ts';
import type { Table } from './table.ts';

/** Texts for the help of the command. */
interface Said {
  readonly summary: string;
  readonly examples: readonly string[];
}

interface Getting<Record> extends Said {
  /** The name of the argument. */
  readonly name: string;
  readonly completes?: Completes;
  readonly get: (client: Client, name: string) => Promise<Record>;
  /** The table for a person; by default the fields of the record. */
  readonly table?: (record: Record) => Table;
}

interface Listing<Row> extends Said {
  readonly plural: string;
  /** The events after which the list may have changed. */
  readonly events: readonly string[];
  readonly page: (client: Client, query: ListQuery) => Promise<Page<Row>>;
  /** The table for a person; by default one line for each row. */
  readonly table?: (rows: readonly Row[]) => Table;
}

interface Deleting extends Said {
  /** What one object is called in the confirmation. */
  readonly noun: string;
  /** The name of the argument. */
  readonly name: string;
  readonly completes?: Completes;
  readonly delete: (client: Client, name: string) => Promise<unknown>;
}

function argumentOf(summary: string, completes: Completes | undefined) {
  return { summary, ...(completes === undefined ? {} : { completes }) };
}

/** `get NAME`. */
export function getCommand<Record>({ name, completes, summary, examples, get, table }: Getting<Record>) {
  return command({
    name: 'get',
    summary,
    arguments: { name: argumentOf(name, completes) },
    options: {},
    examples,
    async handler(context, { name }) {
      const value = await get(await context.connect(), name);
      return print(context, { value, ...(table === undefined ? {} : { table: () => table(value) }) });
    },
  });
}

/** `list`, with the options of all lists. */
export function listCommand<Row extends string | { name: string }>({
  plural,
  summary,
  examples,
  events,
  page,
  table,
}: Listing<Row>) {
  return command({
    name: 'list',
    summary,
    arguments: {},
    options: listOptions,
    examples,
    async handler(context, given) {
      const asked = listQuery(given);
      const show = async (context: Context) => {
        const client = await context.connect();
        const found = await pageByName(asked, (query) => page(client, query), nameOf);
        return printPage(context, found, { plural, ...(table === undefined ? {} : { table }) });
      };
      return watching(context, { watch: given.watch, filter: events, show });
    },
  });
}

function nameOf(row: string | { name: string }): string {
  return typeof row === 'string' ? row : row.name;
}

/** `delete NAME...`: deletes one after the other. */
export function deleteCommand({ noun, name, completes, summary, examples, delete: remove }: Deleting) {
  return command({
    name: 'delete',
    summary,
    arguments: { name: { ...argumentOf(name, completes), many: true } },
    options: { yes },
    examples,
    async handler(context, { name: names, yes }) {
      const client = await context.connect();
      return deleteEach(context, { noun, names, yes }, (each) => remove(client, each));
    },
  });
}

/** For commands that take away what an operation may be working on. */
export const force = { type: 'flag', summary: 'even while an operation works on it' } as const;

interface Taking extends Omit<Deleting, 'delete'> {
  readonly delete: (client: Client, name: string, options: { readonly force: boolean }) => Promise<unknown>;
}

/** The same with `--force`. */
export function takingCommand({ noun, name, completes, summary, examples, delete: remove }: Taking) {
  return command({
    name: 'delete',
    summary,
    arguments: { name: { ...argumentOf(name, completes), many: true } },
    options: { force, yes },
    examples,
    async handler(context, { name: names, force, yes }) {
      const client = await context.connect();
      return deleteEach(context, { noun, names, yes }, (each) => remove(client, each, { force }));
    },
  });
}
