import { canonicalAddress, checkedName } from '../lib/addresses.ts';
import { AppError } from '../lib/errors.ts';
import { isGlob, longestGlob } from '../lib/glob.ts';
import { suggestName } from '../lib/nearest.ts';
import type { Condition, Field, FieldKind, Filter, Selection, SortKey } from '../lib/selection.ts';
import { type DefaultedRange, type IntegerRange, integerOf, integerParameter } from './query.ts';

export interface ListRules {
  /** The members that records can be filtered and sorted by; `labels.*` is every member of `labels`. */
  fields: Readonly<Record<string, FieldKind>>;
  /** The values of members that have only these; a condition that names another one is a slip. */
  values?: Readonly<Record<string, readonly string[]>>;
  limits?: Omit<DefaultedRange, 'name'>;
  /** Further parameters, which the route itself reads. */
  others?: readonly string[];
}

const reserved = ['limit', 'offset', 'sort', 'reverse'];
export const offsets = { name: 'offset', minimum: 0, maximum: Number.MAX_SAFE_INTEGER - 1, otherwise: 0 };
const mostListed = 1_000_000;
/** Each condition is tested on every record. */
const mostConditions = 64;
const mostPatterns = 32;
const mostSortKeys = 16;

/**
 * The selection in the query of a list: `limit`, `offset`, `sort`, `reverse`, and conditions on members. A member may
 * be given several times; then all its conditions must hold.
 *
 * @throws AppError `invalid_member` naming the known parameters, `invalid_name`
 */
export function readSelection(url: string, rules: ListRules): Selection {
  const query = new URL(url).searchParams;
  const page = Object.fromEntries(reserved.map((name) => [name, once(query, name)]));
  const filters = filtersIn(query, rules, reserved);
  const limit = limitOf(page.limit, rules);
  return {
    filters,
    sort: page.sort === undefined ? [] : sortKeys(rules, page.sort),
    reverse: truth('reverse', page.reverse),
    offset: integerParameter(page.offset, offsets),
    ...(limit === undefined ? {} : { limit }),
  };
}

/**
 * The conditions of a list that has only its own order, and none of the other list parameters.
 *
 * @throws AppError `invalid_member` naming the known parameters, `invalid_name`
 */
export function readConditions(url: string, rules: ListRules): Filter[] {
  return filtersIn(new URL(url).searchParams, rules, []);
}

function filtersIn(query: URLSearchParams, rules: ListRules, taken: readonly string[]): Filter[] {
  const others = [...taken, ...(rules.others ?? [])];
  const conditions = Array.from(query).filter(([name]) => !others.includes(name));
  const first = conditions[mostConditions];
  if (first !== undefined) throw invalid(first[0].slice(0, 80), `a list takes at most ${mostConditions} conditions`);
  const filters = conditions.map(([name, text]) => filterOf(rules, others, name, text));
  if (patternsOf(filters).length <= mostPatterns) return filters;
  throw invalid(conditions.at(-1)?.[0] ?? '', `a list takes at most ${mostPatterns} patterns with * and ?`);
}

function patternsOf(filters: readonly Filter[]): string[] {
  return filters.flatMap(({ condition }) => ('globs' in condition ? condition.globs.filter(isGlob) : []));
}

function once(query: URLSearchParams, name: string): string | undefined {
  const values = query.getAll(name);
  if (values.length < 2) return values[0];
  throw invalid(name, 'it is given more than once');
}

/** The number of records that a request can ask for. */
export function limitRange({ limits }: ListRules): IntegerRange | DefaultedRange {
  return { name: 'limit', ...(limits ?? { minimum: 1, maximum: mostListed }) };
}

function limitOf(text: string | undefined, rules: ListRules): number | undefined {
  return text === undefined ? rules.limits?.otherwise : integerOf(text, limitRange(rules));
}

function truth(name: string, text: string | undefined): boolean {
  if (text === undefined || text === 'false') return false;
  if (text === 'true') return true;
  throw new AppError('invalid_member', `${name} must be true or false`, { details: { member: name } });
}

function sortKeys(rules: ListRules, text: string): SortKey[] {
  const keys = text.split(',');
  if (keys.length <= mostSortKeys) return keys.map((key) => sortKey(rules, key));
  throw new AppError('invalid_member', `sort: a list is sorted by at most ${mostSortKeys} members`, {
    hint: 'name those that tell the records apart',
    details: { member: 'sort' },
  });
}

function sortKey(rules: ListRules, text: string): SortKey {
  const descending = text.startsWith('-');
  const name = descending ? text.slice(1) : text;
  const field = fieldOf(rules, name);
  if (field !== undefined) return { field, descending };
  const known = Object.keys(rules.fields);
  throw new AppError('invalid_member', `sort: "${name.slice(0, 80)}" is not a member of these records`, {
    hint: suggestName(name.slice(0, 80), known),
    details: { member: 'sort' },
  });
}

function filterOf(rules: ListRules, others: readonly string[], name: string, text: string): Filter {
  const field = fieldOf(rules, name);
  if (field === undefined) {
    const member = name.slice(0, 80);
    throw new AppError('invalid_member', `${member} is not a parameter of this list`, {
      hint: suggestName(member, [...others, ...Object.keys(rules.fields)]),
      details: { member },
    });
  }
  const condition = conditionOf(name, field.kind, text);
  const values = Object.hasOwn(rules.values ?? {}, name) ? rules.values?.[name] : undefined;
  if (values !== undefined) checkValues(name, condition, values);
  return { field, condition };
}

/** Patterns, bounds and the empty text stay as they are. @throws AppError `invalid_member` */
function checkValues(name: string, condition: Condition, values: readonly string[]): void {
  const texts = 'globs' in condition ? condition.globs.filter((glob) => !isGlob(glob)) : [];
  const exact = condition.is === 'equal' ? [condition.text] : texts;
  const unknown = exact.find((text) => text !== '' && !values.includes(text))?.slice(0, 80);
  if (unknown === undefined) return;
  throw new AppError('invalid_member', `${name}: there is no ${name} "${unknown}"`, {
    hint: suggestName(unknown, values),
    details: { member: name },
  });
}

function fieldOf({ fields }: ListRules, name: string): Field | undefined {
  const plain = Object.hasOwn(fields, name) && !name.endsWith('.*') ? fields[name] : undefined;
  if (plain !== undefined) return { path: [name], kind: plain };
  const dot = name.indexOf('.');
  if (dot < 1 || dot === name.length - 1) return undefined;
  const outer = name.slice(0, dot);
  const kind = Object.hasOwn(fields, `${outer}.*`) ? fields[`${outer}.*`] : undefined;
  return kind === undefined ? undefined : { path: [outer, name.slice(dot + 1)], kind };
}

const operators = ['Eq', 'Ne', 'In', 'Gt', 'Gte', 'Lt', 'Lte', 'Between'] as const;
const bounds = { Gt: 'above', Gte: 'from', Lt: 'below', Lte: 'up_to' } as const;

function conditionOf(name: string, kind: FieldKind, text: string): Condition {
  const [, called, inner = ''] = /^([A-Z][A-Za-z]*)\((.*)\)$/s.exec(text) ?? [];
  if (called === undefined) return { is: 'in', globs: [globOf(name, kind, text)] };
  const operator = operators.find((known) => known === called);
  if (operator === undefined) throw invalid(name, `there is no operator "${called.slice(0, 80)}"`);
  if (operator === 'Eq') return { is: 'equal', text: kind === 'text' ? inner : operandOf(name, kind, inner) };
  if (operator === 'Ne') return { is: 'not_in', globs: [globOf(name, kind, inner)] };
  const items = inner.split(',');
  if (operator === 'In') return { is: 'in', globs: items.map((item) => globOf(name, kind, item)) };
  if (operator !== 'Between') return { is: bounds[operator], text: operandOf(name, kind, inner) };
  const [from = '', to = ''] = items;
  if (items.length !== 2) throw invalid(name, 'Between takes two values, as in Between(FROM,TO)');
  return { is: 'between', from: operandOf(name, kind, from), to: operandOf(name, kind, to) };
}

/** A value, or a pattern of values for a member with text. */
function globOf(name: string, kind: FieldKind, text: string): string {
  if (kind === 'number' || !isGlob(text)) return operandOf(name, kind, text);
  if (text.length <= longestGlob) return text;
  throw invalid(name, `a pattern has at most ${longestGlob} characters`);
}

function operandOf(name: string, kind: FieldKind, text: string): string {
  if (kind === 'name') return checkedName(text);
  if (kind === 'address') return addressIn(name, text);
  if (kind === 'number') return numberIn(name, text);
  return text;
}

function addressIn(name: string, text: string): string {
  try {
    return canonicalAddress(text);
  } catch (cause) {
    throw invalid(name, `"${text.slice(0, 80)}" is not an address`, cause);
  }
}

/** The number as a record contains it, so that it can be found by its text. */
function numberIn(name: string, text: string): string {
  if (/^-?\d{1,16}$/.test(text)) return String(Number(text));
  throw invalid(name, `"${text.slice(0, 80)}" is no whole number`);
}

function invalid(member: string, message: string, cause?: unknown): AppError {
  return new AppError('invalid_member', `${member}: ${message}`, {
    hint: 'write a condition as VALUE, with * and ? for any characters, or as Eq(V), Ne(V), Gt(V), Between(V,W), In(V,W)',
    details: { member },
    ...(cause === undefined ? {} : { cause }),
  });
}
