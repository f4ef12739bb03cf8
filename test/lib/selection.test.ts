import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addressOrder } from '../../src/lib/address-order.ts';
import { Glob } from '../../src/lib/glob.ts';
import { type Condition, type Field, type Selection, select } from '../../src/lib/selection.ts';

interface Machine {
  id: number;
  address: string;
  os?: string;
  cpus: number;
  labels: Record<string, string>;
  members: string[];
}

const address = fc.constantFrom(
  '9.0.0.1',
  '10.0.0.1',
  '10.0.0.9',
  '10.0.0.10',
  '2001:db8::9',
  '2001:db8::10',
  'a.example',
);
const os = fc.constantFrom('debian', 'fedora', 'f', '');
const cpus = fc.constantFrom('1', '2', '10', '-1');
const machine = fc.record(
  {
    address,
    os,
    cpus: cpus.map(Number),
    labels: fc.dictionary(fc.constantFrom('rack', 'a.b'), os),
    members: fc.array(address, { maxLength: 3 }),
  },
  { requiredKeys: ['address', 'cpus', 'labels', 'members'] },
);
const machines: fc.Arbitrary<Machine[]> = fc
  .array(machine, { maxLength: 25 })
  .map((all) => all.map((each, id) => ({ id, ...each })));

const fields: Array<[Field, fc.Arbitrary<string>]> = [
  [{ path: ['address'], kind: 'address' }, address],
  [{ path: ['os'], kind: 'text' }, os],
  [{ path: ['cpus'], kind: 'number' }, cpus],
  [{ path: ['labels', 'rack'], kind: 'text' }, os],
  [{ path: ['labels', 'a.b'], kind: 'text' }, os],
  [{ path: ['members'], kind: 'address' }, address],
];
const field = fc.constantFrom(...fields.map(([each]) => each));

function conditionOn(value: fc.Arbitrary<string>): fc.Arbitrary<Condition> {
  const globs = fc.array(fc.oneof(value, fc.constantFrom('*', 'f*', '*1*', '?')), { minLength: 1, maxLength: 3 });
  return fc.oneof(
    fc.record({ is: fc.constant('equal' as const), text: value }),
    fc.record({ is: fc.constantFrom('in' as const, 'not_in' as const), globs }),
    fc.record({
      is: fc.constantFrom('below' as const, 'up_to' as const, 'above' as const, 'from' as const),
      text: value,
    }),
    fc.record({ is: fc.constant('between' as const), from: value, to: value }),
  );
}

const filter = fc.oneof(
  ...fields.map(([each, value]) => conditionOn(value).map((condition) => ({ field: each, condition }))),
);

const selection: fc.Arbitrary<Selection> = fc.record(
  {
    filters: fc.array(filter, { maxLength: 3 }),
    sort: fc.array(fc.record({ field, descending: fc.boolean() }), { maxLength: 3 }),
    reverse: fc.boolean(),
    offset: fc.nat(30),
    limit: fc.integer({ min: 1, max: 30 }),
  },
  { requiredKeys: ['filters', 'sort', 'reverse', 'offset'] },
);

test('filters, order and page are those of doing it one after the other by hand', () => {
  fc.assert(
    fc.property(machines, selection, (all, asked) => {
      let left = all;
      for (const { field: of, condition } of asked.filters) left = left.filter((each) => holds(each, of, condition));
      // From the least of the keys to the first, each sort keeping what the one before it did.
      for (const { field: by, descending } of asked.sort.toReversed()) {
        left = left.toSorted((one, other) => inOrder(keyOf(one, by), keyOf(other, by)) * (descending ? -1 : 1));
      }
      if (asked.reverse) left = left.toReversed();
      const records = left.slice(asked.offset, asked.offset + (asked.limit ?? 1_000));
      expect(select(all, asked)).toEqual({ records, total: left.length });
    }),
    { numRuns: 3_000 },
  );
});

/** The values of a member, each with what it sorts by. */
function valuesOf(
  each: Machine,
  { path: [name, inner], kind }: Field,
): Array<{ text: string; order: string | number }> {
  const { address: own, os: system, cpus: count, labels, members } = each;
  const label = inner === undefined ? undefined : labels[inner];
  const byName: Record<string, unknown[]> = {
    address: [own],
    os: system === undefined ? [] : [system],
    cpus: [count],
    labels: label === undefined ? [] : [label],
    members,
  };
  return (byName[name] ?? []).map((value) => ({ text: String(value), order: orderOf(kind, String(value)) }));
}

function orderOf(kind: Field['kind'], text: string): string | number {
  if (kind === 'number') return Number(text);
  return kind === 'address' ? addressOrder(text) : text;
}

function holds(each: Machine, of: Field, condition: Condition): boolean {
  const values = valuesOf(each, of);
  const bound = (text: string) => orderOf(of.kind, text);
  switch (condition.is) {
    case 'equal':
      return values.some(({ text }) => text === condition.text);
    case 'in':
      return values.some(({ text }) => condition.globs.some((glob) => new Glob(glob).matches(text)));
    case 'not_in':
      return values.every(({ text }) => condition.globs.every((glob) => !new Glob(glob).matches(text)));
    case 'below':
      return values.some(({ order }) => order < bound(condition.text));
    case 'up_to':
      return values.some(({ order }) => order <= bound(condition.text));
    case 'above':
      return values.some(({ order }) => order > bound(condition.text));
    case 'from':
      return values.some(({ order }) => order >= bound(condition.text));
    case 'between':
      return values.some(({ order }) => order >= bound(condition.from) && order <= bound(condition.to));
  }
}

function keyOf(each: Machine, by: Field): string | number | undefined {
  return valuesOf(each, by)[0]?.order;
}

function inOrder(one: string | number | undefined, other: string | number | undefined): number {
  if (one === other) return 0;
  if (one === undefined) return -1;
  if (other === undefined) return 1;
  return one < other ? -1 : 1;
}
