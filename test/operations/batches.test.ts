import fc from 'fast-check';
import { expect, test } from 'vitest';
import { batchesOf, type JumpHostsOf } from '../../src/operations/batches.ts';
import { hostsIn } from '../../src/operations/share.ts';
import { hostsNamed } from './support.ts';

const cases: [what: string, ways: Record<string, string[]>, batch: number, batches: string, splits: string[]][] = [
  ['no jump hosts', {}, 2, 'h01 h02|h03 h04', []],
  [
    'a jump host in front',
    { h02: ['h01'], h03: ['h01'], h04: ['h01'] },
    4,
    'h01|h02 h03 h04',
    ['1: 3 hosts come later, because they are reached through h01'],
  ],
  [
    'a jump host behind those that are reached through it',
    { h01: ['h04'], h02: ['h04'] },
    4,
    'h01 h02 h03|h04',
    ['1: h04 comes later, because hosts of this batch are reached through it'],
  ],
  [
    'another host moves up, and the next batch begins with the one that had to wait',
    { h02: ['h01'] },
    2,
    'h01 h03|h02 h04',
    ['1: 1 host comes later, because it is reached through h01'],
  ],
  ['one host at a time', { h02: ['h01'], h03: ['h01'] }, 1, 'h01|h02|h03|h04', []],
  [
    'a chain of two',
    { h02: ['h01'], h03: ['h01', 'h02'], h04: ['h01', 'h02'] },
    4,
    'h01|h02|h03 h04',
    [
      '1: 3 hosts come later, because they are reached through h01',
      '2: 2 hosts come later, because they are reached through h02',
    ],
  ],
  ['a jump host that is not in the operation', { h01: ['h99'], h02: ['h99'] }, 4, 'h01 h02 h03 h04', []],
];

test.each(cases)('%s', (_, ways, batch, expected, reasons) => {
  const batches = batchesOf(hostsNamed(4), { batch }, new Map(Object.entries(ways)));
  expect(batches.map(({ hosts }) => hosts.join(' ')).join('|')).toBe(expected);
  expect(batches.flatMap(({ splits }, index) => splits.map((reason) => `${index + 1}: ${reason}`))).toEqual(reasons);
});

const share = fc.oneof(
  fc.integer({ min: 1, max: 40 }),
  fc.integer({ min: 0, max: 100 }).map((percent) => `${percent}%`),
);

/** Hosts in any order, each reached through up to three that were made before it, or through strangers. */
const sites = fc.integer({ min: 0, max: 60 }).chain((count) =>
  fc.record({
    hosts: fc.shuffledSubarray(hostsNamed(count), { minLength: count, maxLength: count }),
    ways: fc.array(fc.array(fc.nat({ max: 70 }), { maxLength: 3 }), { minLength: count, maxLength: count }),
    batch: fc.array(share, { minLength: 1, maxLength: 4 }),
  }),
);

function jumpHostsOf(ways: readonly number[][]): JumpHostsOf {
  const named = hostsNamed(ways.length + 71);
  const entries = ways.map((way, index): [string, string[]] => {
    const earlier = way.filter((each) => each < index || each > ways.length);
    return [named[index] ?? '', [...new Set(earlier)].map((each) => named[each] ?? '')];
  });
  return new Map(entries.filter(([, way]) => way.length > 0));
}

const inTheWay = (ways: JumpHostsOf, one: string, other: string) =>
  (ways.get(one) ?? []).includes(other) || (ways.get(other) ?? []).includes(one);

test('whatever the ways: every host once, none with its jump host, and no batch smaller than it must be', () => {
  fc.assert(
    fc.property(sites, ({ hosts, ways, batch }) => {
      const jumpHosts = jumpHostsOf(ways);
      const batches = batchesOf(hosts, { batch }, jumpHosts);
      expect(batches.flatMap((each) => each.hosts).toSorted()).toEqual(hosts.toSorted());
      const left = new Set(hosts);
      for (const [index, { hosts: taken, splits }] of batches.entries()) {
        const size = hostsIn(batch[Math.min(index, batch.length - 1)] ?? 1, hosts.length);
        expect(taken.length).toBeLessThanOrEqual(size);
        for (const one of taken) for (const other of taken) expect(inTheWay(jumpHosts, one, other)).toBe(false);
        // The first host that is left is never passed over.
        expect(taken[0]).toBe([...left][0]);
        for (const host of taken) left.delete(host);
        const fits = [...left].find((host) => !taken.some((other) => inTheWay(jumpHosts, host, other)));
        if (taken.length < size) expect(fits).toBeUndefined();
        if (taken.length < size && left.size > 0) expect(splits).not.toEqual([]);
      }
    }),
  );
});

test('whatever the ways: hosts keep their order, except where a jump host says otherwise', () => {
  fc.assert(
    fc.property(sites, ({ hosts, ways, batch }) => {
      const jumpHosts = jumpHostsOf(ways);
      const batches = batchesOf(hosts, { batch }, jumpHosts);
      const order = batches.flatMap((each) => each.hosts);
      if (batches.every(({ splits }) => splits.length === 0)) expect(order).toEqual(hosts);
      // A host that comes before one that stood in front of it did not fit with a host of that batch.
      for (const [index, { hosts: taken }] of batches.entries()) {
        const last = taken.at(-1) ?? '';
        const later = batches.slice(index + 1).flatMap((each) => each.hosts);
        for (const host of later.filter((each) => hosts.indexOf(each) < hosts.indexOf(last)))
          expect(taken.some((other) => inTheWay(jumpHosts, host, other))).toBe(true);
      }
    }),
  );
});

test('ten thousand hosts behind one of them are batched at once', () => {
  const [jumpHost = '', ...behind] = hostsNamed(10_001);
  const ways = new Map(behind.map((host) => [host, [jumpHost]]));
  const batches = batchesOf([jumpHost, ...behind], { batch: 2 }, ways);
  expect(batches).toHaveLength(5_001);
  expect(batches[0]?.hosts).toEqual([jumpHost]);
});
