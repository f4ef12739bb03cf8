import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hostRecords } from '../../../src/inventory/collections.ts';
import { emptyHost, type Host } from '../../../src/inventory/host.ts';
import { systemClock } from '../../../src/lib/clock.ts';
import { AppError } from '../../../src/lib/errors.ts';
import { checkTarget, parseTarget } from '../../../src/operations/targets/parse.ts';
import { resolveTarget } from '../../../src/operations/targets/resolve.ts';
import type { Store } from '../../../src/store/contract.ts';
import { openLmdbStore } from '../../../src/store/lmdb.ts';
import { storeCluster } from '../../inventory/support.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

const hosts: Record<string, Partial<Host>> = {
  a1: { status: 'active', os: 'fedora', labels: { rack: '3', role: 'db' } },
  a2: { status: 'active', os: 'debian', labels: { rack: '3', note: '' } },
  a3: { status: 'failed', os: 'fedora', labels: { rack: '30' } },
  a10: { status: 'active', os: 'atomic', labels: {} },
  '2001:db8::1': { status: 'active', labels: { path: 'a/b:c@d' } },
  'b-1.example.com': { status: 'disassociated', labels: { rack: '4', toString: 'x' } },
};
const clusters: Record<string, string[]> = {
  web: ['a3', 'a1', 'a10'],
  'web-2': ['a2'],
  empty: [],
};
/** What a host looks like that was stored before there were labels. */
const { labels: _, ...unlabelled } = emptyHost('old');

let store: Store;
const directory = temporaryDirectory();
beforeAll(async () => {
  store = openLmdbStore({ directory: directory.path, clock: systemClock });
  await store.transact(async (tx) => {
    for (const [address, members] of Object.entries(hosts)) {
      tx.put(hostRecords, address, { ...emptyHost(address), ...members });
    }
    tx.put<object>(hostRecords, 'old', unlabelled);
  });
  for (const [name, hostset] of Object.entries(clusters)) await storeCluster(store, name, hostset);
});
afterAll(async () => {
  await store.close();
  directory[Symbol.dispose]();
});

const resolve = async (text: string) => (await resolveTarget(store, parseTarget(text))).join(' ');
const everything = '2001:db8::1 a1 a10 a2 a3 b-1.example.com old';

describe('a target is the hosts', () => {
  const cases: Array<[expression: string, addresses: string]> = [
    ['all', everything],
    ['cluster:web', 'a3 a1 a10'],
    ['cluster:web*', 'a3 a1 a10 a2'],
    ['cluster:*-2', 'a2'],
    ['cluster:nothing*', ''],
    ['cluster:empty', ''],
    ['label:rack', 'a1 a2 a3 b-1.example.com'],
    ['label:rack=3', 'a1 a2'],
    ['label:rack=3*', 'a1 a2 a3'],
    ['label:rack=*', 'a1 a2 a3 b-1.example.com'],
    ['label:rack!=3', '2001:db8::1 a10 a3 b-1.example.com old'],
    ['label:rack & label:rack!=3', 'a3 b-1.example.com'],
    ['label:note=', 'a2'],
    ['label:note!=', '2001:db8::1 a1 a10 a3 b-1.example.com old'],
    ['label:path=a/b:c@d', '2001:db8::1'],
    ['label:toString', 'b-1.example.com'],
    ['label:constructor', ''],
    ['label:__proto__', ''],
    ['status:active', '2001:db8::1 a1 a10 a2'],
    ['status:*a*ed', 'b-1.example.com a3'.split(' ').toSorted().join(' ')],
    ['os:fedora', 'a1 a3'],
    ['host:a[1-3]', 'a1 a2 a3'],
    ['a3,a1', 'a1 a3'],
    ['A1', 'a1'],
    ['host:a1,A1,a1', 'a1'],
    ['b-1.example.com', 'b-1.example.com'],
    ['2001:DB8:0::1', '2001:db8::1'],
    ['host:2001:db8::[1]', '2001:db8::1'],
    ['2001:db8::[1]', '2001:db8::1'],

    ['cluster:web & label:rack=3*', 'a3 a1'],
    ['label:rack=3* & cluster:web', 'a1 a3'],
    ['a2 | cluster:web', 'a2 a3 a1 a10'],
    ['cluster:web | a1 | a2', 'a3 a1 a10 a2'],
    ['cluster:web - a1', 'a3 a10'],
    ['cluster:web - host:a[1-9]', 'a10'],
    ['cluster:web - (a1 | nowhere)', 'a3 a10'],
    ['cluster:web - cluster:web', ''],
    ['all - cluster:web & label:rack=3', '2001:db8::1 a10 a2 a3 b-1.example.com old'],
    ['(all - cluster:web) & label:rack=3', 'a2'],
    ['a1 | a2 - a1', 'a2'],
    ['a1 | (a2 - a1)', 'a1 a2'],
    ['a1 | a2 & a1', 'a1'],
    ['a1 - a1 | a1', 'a1'],
    ['all - a1 - a2', '2001:db8::1 a10 a3 b-1.example.com old'],
    ['cluster:web&label:rack=3|a2', 'a1 a2'],
    ['(a1)-(a1)', ''],
    ['  ( ( a1 ) )\t\n', 'a1'],
  ];

  test.each(cases)('%s', async (expression, addresses) => {
    expect(await resolve(expression)).toBe(addresses);
  });
});

describe('nobody is left out in silence', () => {
  const cases = [
    ['nowhere', 'host_not_found', 'nowhere'],
    ['a1 | host:n[1-3],a1', 'host_not_found', 'n[1-3]'],
    ['all & nowhere', 'host_not_found', 'nowhere'],
    ['nowhere - a1', 'host_not_found', 'nowhere'],
    ['(all - a1) & nowhere', 'host_not_found', 'nowhere'],
    ['all - a1 | nowhere', 'host_not_found', 'nowhere'],
    ['cluster:absent', 'cluster_not_found', 'absent'],
    ['all - cluster:absent', 'cluster_not_found', 'absent'],
  ] as const;

  test.each(cases)('%s is %s', async (expression, code, named) => {
    await expect(resolve(expression)).rejects.toMatchObject({ code, message: expect.stringContaining(` ${named}`) });
  });
});

test('the name of a cluster where an address should be is said to be one', async () => {
  for (const target of ['web', 'all & web', 'a1,web-2']) {
    const name = target.match(/web.*/)?.[0];
    await expect(resolve(target)).rejects.toMatchObject({
      code: 'host_not_found',
      hint: `write cluster:${name} for its hosts`,
    });
  }
});

test('a pattern for hosts, as other tools have it, is refused with what there is instead', async () => {
  for (const target of ['host:*', 'a*', 'n?']) {
    await expect(resolve(target)).rejects.toMatchObject({
      code: 'invalid_target',
      hint: expect.stringContaining('`all` means every host'),
    });
  }
});

describe('what is no target is refused at its place', () => {
  const cases: Array<[text: string, position: number, problem: string]> = [
    ['', 1, 'expected a term such as "cluster:web", found the end'],
    ['   ', 4, 'expected a term'],
    ['a1 &', 5, 'expected a term such as "cluster:web", found the end'],
    ['a1 & & a2', 6, 'found "&"'],
    ['| a1', 1, 'found "|"'],
    ['- a1', 1, 'found "-"'],
    ['a1 -a2', 4, 'expected "&", "|", " - " or the end, found "-a2"'],
    ['a1 & -a2', 7, 'expected white space after "-"'],
    ['a1- a2', 1, 'not an IPv4 or IPv6 address or a DNS name'],
    ['a1 a2', 4, 'expected "&", "|", " - " or the end, found "a2"'],
    ['(a1', 4, 'expected "&", "|", " - " or ")", found the end'],
    ['a1)', 3, 'found ")"'],
    ['()', 2, 'found ")"'],
    ['cluster:', 9, 'expected the name of a cluster'],
    ['cluster:a,b', 10, '"," cannot stand here'],
    ['status:', 8, 'expected a status'],
    ['os:a!', 5, '"!" cannot stand here'],
    ['label:', 7, 'expected the key of a label'],
    ['label:=3', 7, 'expected the key of a label'],
    ['label:a b', 9, 'found "b"'],
    ['label:a!3', 8, 'expected "=", "!=" or the end of the term'],
    ['label:a=3,4', 10, '"," cannot stand here'],
    ['rack=3', 5, 'found "="'],
    ['rack:3', 1, 'expected "cluster:", "label:", "host:", "status:", "os:", "all" or names of hosts'],
    ['a1 | lable:a=3', 6, 'expected "cluster:"'],
    ['a1 | host:n[1-', 15, 'expected a number, found the end'],
    ['a1 | n[3-1]', 10, 'expected a number of at least 3'],
    ['a*', 2, 'found "*"'],
    ['host:127.1', 6, 'not an IPv4 or IPv6 address'],
    ['n[1-60000] | m[1-60000]', 14, 'a target may name 100,000 hosts'],
    ['a1 - m[1-9999999999]', 6, 'this makes 9,999,999,999'],
  ];

  test.each(cases)('%j at %i: %s', (text, position, problem) => {
    const error = refusal(text);
    expect(error.code).toBe('invalid_target');
    expect([error.message.split('\n')[0], error.details]).toEqual([expect.stringContaining(problem), { position }]);
    expect(error.message.split('\n').slice(1)).toEqual([`  ${text}`, `  ${' '.repeat(position - 1)}^`]);
  });

  test('nesting and length have bounds', () => {
    expect(refusal('('.repeat(100_000)).message).toContain('parentheses may be 100 deep');
    expect(refusal(Array(1_001).fill('a1').join('|')).message).toContain('a target may have 1000 terms');
    expect(parseTarget(`${'('.repeat(100)}a1${')'.repeat(100)}`)).toMatchObject({ type: 'host' });
  });

  test('every name has to be one that a host can have', async () => {
    const wrong = 'a1 | 10.0.0.[254-256]';
    await expect(checkTarget(wrong)).rejects.toMatchObject({ code: 'invalid_target', details: { position: 6 } });
    await expect(resolve(wrong)).rejects.toMatchObject({ code: 'invalid_target', details: { position: 6 } });
    await expect(checkTarget('10.0.0.[254-255]')).resolves.toBeUndefined();
  });
});

test('of very many hosts that are not there a message names some', async () => {
  const refused = resolve('a1,n[1-90000]');
  await expect(refused).rejects.toMatchObject({
    code: 'host_not_found',
    message: expect.stringContaining(' n[1-20] and others'),
  });
});

test.each([resolve, checkTarget])('others get their turn while very many names are made', async (work) => {
  let hadTurn = false;
  setImmediate(() => {
    hadTurn = true;
  });
  await work('all - n[1-100000]');
  expect(hadTurn).toBe(true);
});

test('a thousand terms are resolved', async () => {
  expect(await resolve(Array(1_000).fill('a1').join(' | '))).toBe('a1');
});

test('any text is a target or refused as one', () => {
  const word = fc.constantFrom(
    'all',
    'a1',
    'cluster:web',
    'label:a=b',
    ' - ',
    '-',
    ' ',
    '&',
    '|',
    '(',
    ')',
    '[1-2]',
    ':',
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(word).map((words) => words.join('')),
      ),
      (text) => {
        try {
          parseTarget(text);
        } catch (error) {
          expect(error).toMatchObject({ code: 'invalid_target' });
        }
      },
    ),
    { numRuns: 2_000 },
  );
});

test('and, or and without are those of sets, from left to right', async () => {
  const term = fc.constantFrom('all', 'cluster:web', 'label:rack=3', 'a1', 'os:fedora', '(a2 | a3)');
  const sets = new Map<string, Set<string>>();
  for (const text of ['all', 'cluster:web', 'label:rack=3', 'a1', 'os:fedora', '(a2 | a3)']) {
    sets.set(text, new Set((await resolve(text)).split(' ')));
  }
  const steps = fc.array(fc.tuple(fc.constantFrom('|', '-'), term), { maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(term, steps, async (first, rest) => {
      const text = [first, ...rest.map(([sign, next]) => `${sign} ${next}`)].join(' ');
      let wanted = sets.get(first) ?? new Set();
      for (const [sign, next] of rest) {
        const other = sets.get(next) ?? new Set();
        wanted = sign === '|' ? wanted.union(other) : wanted.difference(other);
      }
      const got = (await resolve(text)).split(' ').filter((address) => address !== '');
      expect(got).toHaveLength(wanted.size);
      expect(new Set(got)).toEqual(wanted);
    }),
  );
});

test('many stars come to an end', async () => {
  // To try every way of sharing the letters out among them would take longer than any test may.
  expect(await resolve(`label:path=${'*a'.repeat(120)}`)).toBe('');
});

test('a transaction resolves what it has written itself', async () => {
  const addresses = await store.transact(async (tx) => {
    tx.put(hostRecords, 'zz', { ...emptyHost('zz'), labels: { new: '1' } });
    const resolved = await resolveTarget(tx, parseTarget('zz & host:zz'));
    tx.delete(hostRecords, 'zz');
    return resolved;
  });
  expect(addresses).toEqual(['zz']);
});

function refusal(text: string): AppError {
  try {
    parseTarget(text);
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('it was not refused');
}
