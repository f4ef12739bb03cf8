import { addressOrder } from './address-order.ts';
import { GlobSet, mostCompared } from './glob.ts';

/**
 * How a member of a record is compared: a text by its characters, a number by its size, an address by its order among
 * addresses. A name is a text that can only be compared with names.
 */
export type FieldKind = 'text' | 'number' | 'address' | 'name';

/** A member of a record, or with two names a member of a member. */
export interface Field {
  path: readonly [string] | readonly [string, string];
  kind: FieldKind;
}

/** `text` is one value; `globs` are patterns in which `*` matches any characters and `?` one. */
export type Condition =
  | { is: 'equal'; text: string }
  | { is: 'in'; globs: readonly string[] }
  | { is: 'not_in'; globs: readonly string[] }
  | { is: 'below' | 'up_to' | 'above' | 'from'; text: string }
  | { is: 'between'; from: string; to: string };

export interface Filter {
  field: Field;
  condition: Condition;
}

export interface SortKey {
  field: Field;
  descending: boolean;
}

/** Which records of a collection a caller asks for, and in what order. Without sort keys they keep their own order. */
export interface Selection {
  /** A record must pass all of them. */
  filters: readonly Filter[];
  /** The first one has priority. */
  sort: readonly SortKey[];
  reverse: boolean;
  offset: number;
  /** All records without it. */
  limit?: number;
}

/** Whether a caller may see a record. Hidden records do not count at all. */
export type Visible<T> = (record: T) => boolean;

/** Everything, in its own order. */
export const everything: Selection = { filters: [], sort: [], reverse: false, offset: 0 };

export interface Selected<T> {
  /** The records of the page. */
  records: T[];
  /** How many records the filters let through, on all pages. */
  total: number;
}

/** Filters, sorts and takes the page. Records that are equal in every sort key keep their order. */
export function select<T extends object>(
  records: readonly T[],
  selection: Selection,
  isVisible?: Visible<T>,
): Selected<T> {
  const sieve = new Sieve<T>(selection);
  for (const record of records) if (isVisible?.(record) !== false) sieve.take(record, record);
  return sieve.page();
}

/**
 * The same for records that come one by one and are not kept: of each record that passes, it keeps only the sort values
 * and a key.
 */
export class Sieve<K> {
  readonly #selection: Selection;
  readonly #holds: (record: object) => boolean;
  readonly #rows: Row<K>[] = [];

  constructor(selection: Selection) {
    this.#selection = selection;
    this.#holds = matcherOf(selection.filters);
  }

  /** @param key represents the record on the page */
  take(record: object, key: K): void {
    if (!this.#holds(record)) return;
    this.#rows.push({ key, orders: this.#selection.sort.map(({ field }) => firstOrder(record, field)) });
  }

  page(): Selected<K> {
    const { sort, reverse, offset, limit } = this.#selection;
    const rows = sort.length === 0 ? this.#rows : sorted(this.#rows, sort);
    const total = rows.length;
    const count = Math.max(0, Math.min(limit ?? total, total - offset));
    const end = Math.max(0, total - offset);
    const page = reverse ? rows.slice(end - count, end).reverse() : rows.slice(offset, offset + count);
    return { records: page.map(({ key }) => key), total };
  }
}

interface Row<K> {
  key: K;
  orders: readonly (Order | undefined)[];
}

/** Whether a record passes all of the filters. */
export function matcherOf(filters: readonly Filter[]): (record: object) => boolean {
  const tests = filters.map(testOf);
  return (record) => tests.every((holds) => holds(record));
}

/** Whether a selection filters or sorts by this member. */
export function mentions({ filters, sort }: Selection, member: string): boolean {
  return [...filters, ...sort].some(({ field }) => field.path[0] === member);
}

type Value = string | number | boolean;

/** Each item of a list is a value; a missing member, or an object, has none. */
function valuesOf(record: object, { path: [first, second] }: Field): readonly Value[] {
  const outer = memberOf(record, first);
  const value = second === undefined ? outer : memberOf(outer, second);
  return (Array.isArray(value) ? value : [value]).filter(isValue);
}

function memberOf(record: unknown, name: string): unknown {
  return isObject(record) && Object.hasOwn(record, name) ? Reflect.get(record, name) : undefined;
}

function isValue(value: unknown): value is Value {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

/** A record with several values passes when one of them does; with `not_in`, when none of them is listed. */
function testOf({ field, condition }: Filter): (record: object) => boolean {
  if (condition.is === 'not_in') {
    const isAmong = among(condition.globs);
    return (record) => !valuesOf(record, field).some(isAmong);
  }
  const holds = conditionTest(field.kind, condition);
  return (record) => valuesOf(record, field).some(holds);
}

function conditionTest(kind: FieldKind, condition: Exclude<Condition, { is: 'not_in' }>): (value: Value) => boolean {
  if (condition.is === 'equal') return (value) => String(value) === condition.text;
  if (condition.is === 'in') return among(condition.globs);
  if (condition.is === 'between') {
    const [from, to] = [orderOf(kind, condition.from), orderOf(kind, condition.to)];
    return (value) => {
      const order = orderOf(kind, value);
      return order >= from && order <= to;
    };
  }
  const bound = orderOf(kind, condition.text);
  const holds = comparisons[condition.is];
  return (value) => holds(orderOf(kind, value), bound);
}

type Order = string | number;

const comparisons: Record<'below' | 'up_to' | 'above' | 'from', (value: Order, bound: Order) => boolean> = {
  below: (value, bound) => value < bound,
  up_to: (value, bound) => value <= bound,
  above: (value, bound) => value > bound,
  from: (value, bound) => value >= bound,
};

function among(globs: readonly string[]): (value: Value) => boolean {
  const set = new GlobSet(globs);
  return (value) => set.matches(String(value));
}

/** What is compared instead of the value. For one kind, either all are numbers or all are strings. */
function orderOf(kind: FieldKind, value: Value): Order {
  if (kind === 'number') return Number(value);
  return kind === 'address' ? addressOrder(String(value)) : String(value);
}

function sorted<K>(rows: readonly Row<K>[], keys: readonly SortKey[]): Row<K>[] {
  return rows.toSorted((one, other) => {
    for (const [index, { descending }] of keys.entries()) {
      const difference = compare(one.orders[index], other.orders[index]);
      if (difference !== 0) return descending ? -difference : difference;
    }
    return 0;
  });
}

/** Only the beginning of a long text, because very many records may have to be sorted. */
function firstOrder(record: object, field: Field): Order | undefined {
  const [value] = valuesOf(record, field);
  if (value === undefined) return undefined;
  const order = orderOf(field.kind, value);
  return typeof order === 'string' ? order.slice(0, mostCompared) : order;
}

/** Records without a value come first. */
function compare(one: Order | undefined, other: Order | undefined): number {
  if (one === other) return 0;
  if (one === undefined) return -1;
  if (other === undefined) return 1;
  return one < other ? -1 : 1;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
