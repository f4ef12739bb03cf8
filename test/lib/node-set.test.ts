import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AppError } from '../../src/lib/errors.ts';
import { expandNodeSet, foldNodeSet, maxNames } from '../../src/lib/node-set.ts';

describe('a node set stands for names', () => {
  const cases: Array<[string, string]> = [
    ['node1', 'node1'],
    ['node1,node5,node1', 'node1 node5'],
    ['node[1-3,7,09-11]', 'node1 node2 node3 node7 node09 node10 node11'],
    ['node[7]', 'node7'],
    ['n[007-010]', 'n007 n008 n009 n010'],
    ['n[08-11]', 'n08 n09 n10 n11'],
    ['n[98-101]', 'n98 n99 n100 n101'],
    ['n[099-101]', 'n099 n100 n101'],
    ['n[0-10/5]', 'n0 n5 n10'],
    ['n[1-10/4]', 'n1 n5 n9'],
    ['n[000-010/5]', 'n000 n005 n010'],
    ['n[5-5/3]', 'n5'],
    ['r[1-2]n[1-3]', 'r1n1 r1n2 r1n3 r2n1 r2n2 r2n3'],
    ['n[1-2][3-4]', 'n13 n14 n23 n24'],
    ['n[1-2]5', 'n15 n25'],
    ['10.0.0.[7-9]', '10.0.0.7 10.0.0.8 10.0.0.9'],
    ['10.0.[0-1].[7,9]', '10.0.0.7 10.0.0.9 10.0.1.7 10.0.1.9'],
    ['2001:db8::[9-10],::1', '2001:db8::9 2001:db8::10 ::1'],
    ['web-[1-2].example.com,db-1', 'web-1.example.com web-2.example.com db-1'],
    ['[1-2].example.com', '1.example.com 2.example.com'],
    ['[0-0]', '0'],
  ];

  test.each(cases)('%s is %s', (text, names) => {
    expect(expandNodeSet(text).join(' ')).toBe(names);
  });
});

describe('what is no node set is refused at its place', () => {
  const cases: Array<[text: string, position: number, problem: string]> = [
    ['', 1, 'expected the name of a host, found the end'],
    ['a,', 3, 'expected the name of a host, found the end'],
    [',a', 1, 'expected the name of a host, found ","'],
    ['a,,b', 3, 'expected the name of a host, found ","'],
    ['a b', 2, 'expected a letter'],
    ['a!', 2, 'found "!"'],
    ['a]', 2, 'found "]"'],
    ['n[', 3, 'expected a number, found the end'],
    ['n[]', 3, 'expected a number, found "]"'],
    ['n[1', 4, 'expected "-", "/", "," or "]", found the end'],
    ['n[1-', 5, 'expected a number, found the end'],
    ['n[1-]', 5, 'expected a number, found "]"'],
    ['n[a-b]', 3, 'expected a number, found "a"'],
    ['n[1,]', 5, 'expected a number, found "]"'],
    ['n[1-2,3', 8, 'found the end'],
    ['n[1/2]', 4, 'expected "-", "/", "," or "]", found "/"'],
    ['n[[1]]', 3, 'expected a number, found "["'],
    ['n[3-1]', 5, 'expected a number of at least 3'],
    ['n[1-010]', 5, 'expected as many digits as 1 has'],
    ['n[001-10]', 7, 'expected as many digits as 001 has'],
    ['n[01-1]', 6, 'expected as many digits as 01 has'],
    ['n[1-9/0]', 7, 'expected a step of at least 1'],
    ['n[1-9/]', 7, 'expected a number, found "]"'],
    ['n[-1]', 3, 'expected a number, found "-"'],
    ['n[1-1234567890123456]', 5, 'expected a number of at most 15 digits'],
    ['a,[1-9999999999]', 3, 'a target may name 100,000 hosts, this makes 10,000,000,000'],
    ['[1-100000],a', 12, 'this makes 100,001'],
    ['[1-999999999][1-999999999][1-999999999]', 1, 'a target may name 100,000 hosts'],
  ];

  test.each(cases)('%j at %i: %s', (text, position, problem) => {
    const error = refusal(() => expandNodeSet(text));
    expect(error.code).toBe('invalid_target');
    expect(error.details).toEqual({ position });
    const [first, shown, caret] = error.message.split('\n');
    expect(first).toContain(problem);
    expect([shown, caret]).toEqual([`  ${text}`, `  ${' '.repeat(position - 1)}^`]);
  });

  test('as many names as there may be are not too many', () => {
    expect(expandNodeSet(`n[1-${maxNames}]`)).toHaveLength(maxNames);
  });

  test('of a long text the message shows what is around the mistake', () => {
    const error = refusal(() => expandNodeSet(`${'a,'.repeat(5_000)}!${',b'.repeat(5_000)}`));
    const [, shown = '', caret = ''] = error.message.split('\n');
    expect(shown.length).toBeLessThan(130);
    expect(shown[caret.indexOf('^')]).toBe('!');
  });
});

describe('names fold into a node set', () => {
  const cases: Array<[string, string]> = [
    ['', ''],
    ['node1', 'node1'],
    ['b a b', 'a,b'],
    ['n1 n3 n2 n10', 'n[1-3,10]'],
    ['n10 n9', 'n[9-10]'],
    ['n7 n09 n10 n11', 'n[7,09-11]'],
    ['n8 n08 n9 n09 n10', 'n[8-10,08-09]'],
    ['n098 n099 n100', 'n[098-100]'],
    ['n1 n01 n001', 'n[1,01,001]'],
    ['10.0.0.9 10.0.0.10 10.0.1.9 10.0.1.10', '10.0.[0-1].[9-10]'],
    ['r1n1 r1n2 r2n1 r2n2 r3n1', 'r[1-2]n[1-2],r3n1'],
    ['n2.b n1.b n1.a', 'n1.a,n[1-2].b'],
    ['web10 web9 db1', 'db1,web[9-10]'],
    ['n1234567890123456 n1234567890123457', 'n1234567890123456,n1234567890123457'],
    ['n999999999999999 n1000000000000000', 'n999999999999999,n1000000000000000'],
    ['2001:db8::9 2001:db8::a', '2001:db8::9,2001:db8::a'],
  ];

  test.each(cases)('%s: %s', (names, folded) => {
    expect(foldNodeSet(names.split(' ').filter((name) => name !== ''))).toBe(folded);
  });
});

const number = fc.oneof(
  fc.integer({ min: 0, max: 30 }).map(String),
  fc.integer({ min: 0, max: 120 }).map((value) => String(value).padStart(3, '0')),
  fc.integer({ min: 0, max: 12 }).map((value) => String(value).padStart(2, '0')),
  fc.bigInt({ min: 0n, max: 10n ** 20n }).map(String),
);
const name = fc.oneof(
  number.map((value) => `node${value}`),
  fc.tuple(number, number).map(([rack, node]) => `r${rack}n${node}`),
  fc.tuple(number, number).map(([third, fourth]) => `10.0.${third}.${fourth}`),
  fc.stringMatching(/^[a-c0-9._:-]{1,8}$/),
);
const manyNames = fc.array(name, { minLength: 1, maxLength: 60 });

describe('whatever the names', () => {
  test('a folded set stands for them, and for no other', () => {
    fc.assert(
      fc.property(manyNames, (names) => {
        const expanded = expandNodeSet(foldNodeSet(names));
        expect(new Set(expanded)).toEqual(new Set(names));
        expect(expanded).toHaveLength(new Set(names).size);
      }),
      { numRuns: 1_000 },
    );
  });

  test('folding depends on which they are, not on their order', () => {
    fc.assert(
      fc.property(manyNames, (names) => {
        const folded = foldNodeSet(names);
        expect(foldNodeSet(names.toReversed())).toBe(folded);
        expect(foldNodeSet(expandNodeSet(folded))).toBe(folded);
      }),
      { numRuns: 1_000 },
    );
  });

  test('any text expands or is refused as a target', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'a1[],-/.0 ') }), (text) => {
        try {
          expect(expandNodeSet(text).length).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toMatchObject({ code: 'invalid_target' });
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

test('ten times the names take about ten times the time', () => {
  const names = (count: number) =>
    Array.from({ length: count }, (_, index) => `r${(index * 7919) % 100}n${index}.example.com`);
  const timeOf = (count: number) => {
    const given = names(count);
    const begin = performance.now();
    expandNodeSet(foldNodeSet(given));
    return performance.now() - begin;
  };
  const best = (count: number) => Math.min(...Array.from({ length: 5 }, () => timeOf(count)));
  best(1_000);
  // Quadratic work would make it a hundred times.
  expect(best(50_000)).toBeLessThan(40 * best(5_000) + 50);
});

function refusal(act: () => unknown): AppError {
  try {
    act();
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('it was not refused');
}
