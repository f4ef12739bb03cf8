import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { brief, prose, whole } from '../../src/cli/cell.ts';
import { hostTable } from '../../src/cli/host-table.ts';
import { laidOut } from '../../src/cli/laid-out.ts';
import { operationRecord as operationTable } from '../../src/cli/operation-table.ts';
import { truncate } from '../../src/cli/printable.ts';
import { recordTable, table } from '../../src/cli/table.ts';
import { hostRecord, operationHost, operationRecord } from './support/records.ts';

const long = 'x'.repeat(5_000_000);
const screen = (columns: number) => ({ columns, zone: 'utc' as const });
const widest = (lines: readonly string[]) => Math.max(...lines.map((line) => Bun.stringWidth(line)));

describe('a cell is no wider than a person reads', () => {
  test('one machine does not make a list long', () => {
    const hosts = [hostRecord({ os: long, last_check: '' }), hostRecord({ address: '192.0.2.12', last_check: '' })];
    const [, long1 = '', short = ''] = laidOut(hostTable(hosts));
    expect(long1).toBe(`192.0.2.11  active           ${long}  4     15.6 GiB  500 GiB              rack=3`);
    expect(short.length).toBeLessThan(250);
    const onScreen = laidOut(hostTable(hosts), { columns: 1000, zone: 'utc' });
    expect(onScreen[1]).toBe(
      `192.0.2.11  active           ${'x'.repeat(119)}…  4     15.6 GiB  500 GiB              rack=3`,
    );
  });

  test('on a screen the widest ones give way, and keep enough for a word', () => {
    const error = { code: 'x', message: 'refused' };
    const rows = [
      ['ADDRESS', 'OS', 'NOTE', 'AT'],
      [whole('192.0.2.11'), 'fedora', 'a note that is a little longer than others', '2026-01-02 03:04:05'],
      [whole('node7.example.com'), long, error.message, '2026-01-02 03:04:05'],
    ];
    expect(laidOut(table(rows), screen(90))).toEqual([
      'ADDRESS            OS                        NOTE                      AT',
      '192.0.2.11         fedora                    a note that is a little…  2026-01-02 03:04:05',
      `node7.example.com  ${'x'.repeat(23)}…  refused                   2026-01-02 03:04:05`,
    ]);
    expect(widest(laidOut(table(rows), screen(20)))).toBe(17 + 12 + 12 + 12 + 3 * 2);
    expect(widest(laidOut(table([['short', 'rows']]), screen(5)))).toBe(11);
  });

  test('what a person copies is never cut', () => {
    const address = `${'a'.repeat(63)}.`.repeat(3);
    const hosts = [
      operationHost(address, { state: 'failed', error: { code: 'x', message: `no: ${'y'.repeat(1900)}` } }),
    ];
    const stdout = { isTerminal: true, size: () => ({ columns: 80, rows: 24 }) };
    const shown = laidOut(
      operationTable(operationRecord(hosts, { id: 'i'.repeat(200) }), { shape: undefined, terminal: { stdout } }),
      screen(80),
    ).join('\n');
    expect(shown).toContain(address);
    expect(shown).toContain('i'.repeat(200));
    expect(shown).toContain('y'.repeat(1900));
  });

  test('hosts that do not fit the screen are folded, and a reason continues between its words', () => {
    const message =
      'cannot reach h20:22: timed out; check that the machine is up and that the network lets this through';
    const hosts = Array.from({ length: 20 }, (_, index) =>
      operationHost(`h${index + 1}`, index === 19 ? { state: 'unreachable', error: { code: 'x', message } } : {}),
    );
    const on = (rows: number) => {
      const stdout = { isTerminal: true, size: () => ({ columns: 80, rows }) };
      return laidOut(operationTable(operationRecord(hosts), { shape: undefined, terminal: { stdout } }), screen(80));
    };
    expect(on(24).length).toBeLessThan(24);
    expect(on(24)).toContain('1      unreachable             h20');
    expect(on(50).filter((line) => /^h\d/.test(line))[1]).toMatch(/^h1 /);
    expect(on(24).slice(-2)).toEqual([
      'h20 unreachable: cannot reach h20:22: timed out; check that the machine is up',
      '  and that the network lets this through',
    ]);
  });

  test('of one record all that anybody wrote is there, and no more', () => {
    const lines = laidOut(recordTable({ error: 'e'.repeat(2000), os: long, [`fact ${long}`]: 'x' }), screen(80));
    expect(lines[0]?.endsWith('e'.repeat(2000))).toBe(true);
    expect(lines[1]?.endsWith(`${'x'.repeat(4095)}…`)).toBe(true);
    expect(lines[2]?.length).toBeLessThan(200);
  });
});

describe('the least important columns are left out where there is no room', () => {
  const now = Date.parse('2026-01-02T03:07:10Z');
  const cluster = { cluster: 'web', isManaged: false };
  const hosts = [
    hostRecord({ address: '192.0.2.9', status: 'disassociated', labels: { rack: '3', role: 'database' } }),
    hostRecord({
      address: '192.0.2.10',
      status: 'investigating',
      os: '',
      cpus: 0,
      memory: 0,
      space: 0,
      last_check: '',
    }),
    hostRecord({ address: 'node7.example.com', os: '日本語', labels: { 'a\u001b[2J': 'b' } }),
  ];
  const memberships = new Map([['192.0.2.9', cluster]]);
  const shownAt = (columns: number) => laidOut(hostTable(hosts, memberships), { columns, zone: 'utc', now });

  test('narrow', () => {
    expect(shownAt(40)).toEqual([
      'ADDRESS            STATUS',
      '192.0.2.9          ready',
      '192.0.2.10         investigating',
      'node7.example.com  active',
    ]);
  });

  test('80 columns', () => {
    expect(shownAt(80)).toEqual([
      'ADDRESS            STATUS         CLUSTER  OS      LAST CHECK  LABELS',
      '192.0.2.9          ready          web      fedora  3m ago      rack=3 role=data…',
      '192.0.2.10         investigating                               rack=3',
      'node7.example.com  active                  日本語  3m ago      a\\u001b[2J=b',
    ]);
  });

  test('120 columns, and as wide as can be', () => {
    const all = [
      'ADDRESS            STATUS         CLUSTER  OS      CPUS  MEMORY    SPACE    LAST CHECK  LABELS',
      '192.0.2.9          ready          web      fedora  4     15.6 GiB  500 GiB  3m ago      rack=3 role=database',
      '192.0.2.10         investigating                                                        rack=3',
      'node7.example.com  active                  日本語  4     15.6 GiB  500 GiB  3m ago      a\\u001b[2J=b',
    ];
    expect(shownAt(120)).toEqual(all);
    expect(shownAt(400)).toEqual(all);
  });

  test('no terminal: nothing is left out, and times have their zone', () => {
    const [heading, first] = laidOut(hostTable(hosts, memberships));
    expect(heading).toBe(
      'ADDRESS            STATUS         CLUSTER  OS      CPUS  MEMORY    SPACE    LAST CHECK            LABELS',
    );
    expect(first).toContain('  2026-01-02 03:04:05Z  rack=3 role=database');
  });
});

describe('cut to a number of terminal cells', () => {
  test.each([
    ['abcdef', 6, 'abcdef'],
    ['abcdef', 5, 'abcd…'],
    ['日本語', 5, '日本…'],
    ['日本語', 4, '日…'],
    ['e\u0301e\u0301e\u0301', 2, 'e\u0301…'],
    ['\u{1f1e9}\u{1f1ea}\u{1f1e9}\u{1f1ea}', 3, '\u{1f1e9}\u{1f1ea}…'],
    ['a\u0301'.repeat(500), 2, 'a\u0301…'],
    // So many marks are no letter of any language, and would be as long as they like.
    [`a${'\u0301'.repeat(500)}`, 2, `a${'\u0301'.repeat(63)}…`],
    ['abc', 0, ''],
  ])('%j to %d', (text, cells, cut) => {
    expect(truncate(text, cells)).toBe(cut);
  });

  test('it is never wider, and shows that something is missing', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), fc.integer({ min: 1, max: 100 }), (text, cells) => {
        const cut = truncate(text, cells);
        expect(Bun.stringWidth(cut)).toBeLessThanOrEqual(cells);
        expect(cut === text || (cut.endsWith('…') && text.startsWith(cut.slice(0, -1)))).toBe(true);
      }),
    );
  });

  test('a row that fits is as it was; every row fits or has nothing more to give', () => {
    const cell = fc
      .tuple(fc.constantFrom(brief, whole, prose), fc.string({ maxLength: 150 }))
      .map(([as, text]) => as(text));
    fc.assert(
      fc.property(
        fc.array(fc.array(cell, { minLength: 3, maxLength: 3 }), { minLength: 1 }),
        fc.nat(300),
        (rows, columns) => {
          const kept = (index: number) =>
            Math.max(
              ...rows
                .flatMap((row) => row.slice(index, index + 1))
                .map(({ text, yields }) => (yields ? 12 : text.length)),
            );
          const least = kept(0) + kept(1) + kept(2) + 4;
          expect(widest(laidOut([{ rows }], screen(columns)))).toBeLessThanOrEqual(Math.max(columns, least));
        },
      ),
    );
  });
});
