import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Access } from '../../src/auth/access.ts';
import type { Grant } from '../../src/auth/grant.ts';
import { type Permission, permissions } from '../../src/auth/permissions.ts';
import { adminGrant, builtInRoles } from '../../src/auth/roles.ts';
import { holders } from '../support/holders.ts';

const grant = (allowed: Permission[], limits: Partial<Grant> = {}): Grant => ({
  role: 'r',
  permissions: new Set(allowed),
  ...limits,
});

describe('the built-in roles', () => {
  test('of every permission it is decided who has it', () => {
    expect(Object.keys(holders).toSorted()).toEqual([...permissions].toSorted());
  });

  test.each(permissions)('%s is had by those for whom that was decided', (permission) => {
    const having = builtInRoles.filter((role) => role.permissions.includes(permission)).map(({ name }) => name);
    expect(having).toEqual([...(holders[permission] ?? ['undecided']), 'admin']);
  });

  test('a role names each of its permissions once', () => {
    for (const role of builtInRoles) expect(new Set(role.permissions).size).toBe(role.permissions.length);
  });
});

describe('what grants allow', () => {
  const web = new Access([grant(['host:read', 'operation:run'], { clusters: ['web*', 'db'] })]);

  test.each<[string, Access, string | undefined, boolean]>([
    ['nobody', new Access(), 'web1', false],
    ['a caller without grants', new Access([]), 'web1', false],
    ['one who may everywhere', new Access([adminGrant]), 'web1', true],
    ['one who may everywhere, of a host in no cluster', new Access([adminGrant]), undefined, true],
    ['one who may in the cluster', web, 'web1', true],
    ['one who may in another', web, 'mail', false],
    ['one who may in some, of a host in none', web, undefined, false],
    ['a token without the permission', new Access([adminGrant], []), 'web1', false],
    ['a token of less', new Access([adminGrant], [grant(['host:read'], { clusters: ['db'] })]), 'web1', false],
    ['a token of more than its owner', new Access([grant(['event:read'])], [adminGrant]), 'web1', false],
  ])('%s', (_, access, cluster, isAllowed) => {
    expect(access.allowsIn('host:read', cluster)).toBe(isAllowed);
  });

  const reach = (clusters: (string | undefined)[], atOnce?: number) => ({
    clusters,
    hostsWithin: () => 100,
    ...(atOnce === undefined ? {} : { atOnce }),
  });

  test.each<[string, Partial<Grant>, number | undefined, object | undefined]>([
    ['one after the other', { max_at_once: 1 }, 1, undefined],
    ['two at a time, of which one may', { max_at_once: 1 }, 2, { limit: 'max_at_once', value: 1, requested: 2 }],
    [
      'with nothing said, all at once',
      { max_at_once: 2 },
      undefined,
      { limit: 'max_at_once', allowed: 2, requested: 3 },
    ],
    [
      'one after the other, of too many',
      { max_hosts: 2, max_at_once: 1 },
      1,
      { limit: 'max_hosts', value: 2, requested: 3 },
    ],
    ['a share that is too large', { max_percent: 2 }, 1, { limit: 'max_percent', value: 2, allowed: 2, requested: 3 }],
  ])('an operation over three hosts, %s', (_, limits, atOnce, exceeded) => {
    const access = new Access([grant(['operation:run'], limits)]);
    const three = reach(['a', 'b', 'c'], atOnce);
    expect(access.allowsReach('operation:run', three)).toBe(exceeded === undefined);
    if (exceeded === undefined) expect(access.limitExceeded('operation:run', three)).toBeUndefined();
    else expect(access.limitExceeded('operation:run', three)).toMatchObject({ role: 'r', ...exceeded });
  });

  test('of several roles the refusal names the limit of the widest', () => {
    const access = new Access([1, 2].map((max_hosts) => grant(['operation:run'], { max_hosts })));
    expect(access.limitExceeded('operation:run', reach(['a', 'b', 'c']))).toMatchObject({ value: 2 });
  });

  test.each<[string, Grant[], (string | undefined)[], boolean]>([
    ['hosts of its clusters', [grant(['operation:run'], { clusters: ['web*'] })], ['web1', 'web2'], true],
    ['a host outside', [grant(['operation:run'], { clusters: ['web*'] })], ['web1', undefined], false],
    ['no host at all', [grant(['operation:run'], { clusters: ['web*'] })], [], true],
    ['as many as it may', [grant(['operation:run'], { max_hosts: 2 })], ['a', 'b'], true],
    ['more than it may', [grant(['operation:run'], { max_hosts: 2 })], ['a', 'b', 'c'], false],
    ['a share of 100 that it may', [grant(['operation:run'], { max_percent: 2 })], ['a', 'b'], true],
    ['a larger share', [grant(['operation:run'], { max_percent: 2 })], ['a', 'b', 'c'], false],
    ['the smaller of both', [grant(['operation:run'], { max_percent: 50, max_hosts: 1 })], ['a', 'b'], false],
    [
      'what only two grants cover together',
      [grant(['operation:run'], { clusters: ['a'] }), grant(['operation:run'], { clusters: ['b'] })],
      ['a', 'b'],
      false,
    ],
    ['without the permission', [grant(['operation:read'])], ['a'], false],
  ])('an operation over %s', (_, grants, clusters, isAllowed) => {
    expect(new Access(grants).allowsReach('operation:run', reach(clusters))).toBe(isAllowed);
  });
});

describe('what may be passed on', () => {
  const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '*'), minLength: 1, maxLength: 4 });
  const cluster = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 4 });
  const few: Permission[] = ['host:read', 'operation:run', 'credentials:read'];
  const anyGrant: fc.Arbitrary<Grant> = fc
    .record({
      allowed: fc.subarray(few),
      clusters: fc.option(fc.array(pattern, { minLength: 1, maxLength: 2 }), { nil: undefined }),
      max_hosts: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
      max_percent: fc.option(fc.integer({ min: 1, max: 100 }), { nil: undefined }),
      max_at_once: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
    })
    .map(({ allowed, clusters, max_hosts, max_percent, max_at_once }) =>
      grant(allowed, {
        ...(clusters === undefined ? {} : { clusters }),
        ...(max_hosts === undefined ? {} : { max_hosts }),
        ...(max_percent === undefined ? {} : { max_percent }),
        ...(max_at_once === undefined ? {} : { max_at_once }),
      }),
    );
  const grants = fc.array(anyGrant, { maxLength: 3 });

  test('whoever is given it can do nothing that the giver cannot', () => {
    let contained = 0;
    fc.assert(
      fc.property(grants, grants, fc.array(cluster, { minLength: 1, maxLength: 5 }), (own, wanted, inventory) => {
        const giver = new Access(own);
        if (!giver.contains(wanted)) return;
        if (wanted.some((one) => one.permissions.size > 0)) contained += 1;
        const taker = new Access(wanted);
        const hostsWithin = ({ clusters }: Grant) =>
          clusters === undefined
            ? inventory.length
            : inventory.filter((name) => new Access([grant(few, { clusters })]).allowsIn('host:read', name)).length;
        for (const permission of few) {
          expect(!taker.allowsEverywhere(permission) || giver.allowsEverywhere(permission)).toBe(true);
          for (const name of [...inventory, undefined]) {
            expect(!taker.allowsIn(permission, name) || giver.allowsIn(permission, name)).toBe(true);
          }
        }
        for (let size = 1; size <= inventory.length; size += 1) {
          for (let atOnce = 1; atOnce <= size; atOnce += 1) {
            const reach = { clusters: inventory.slice(0, size), atOnce, hostsWithin };
            expect(!taker.allowsReach('operation:run', reach) || giver.allowsReach('operation:run', reach)).toBe(true);
          }
        }
      }),
      { numRuns: 5_000 },
    );
    expect(contained).toBeGreaterThan(50);
  });

  test.each<[string, Grant[], Grant[], boolean]>([
    ['the same', [adminGrant], [adminGrant], true],
    ['nothing', [], [], true],
    ['something of nothing', [], [grant(['host:read'])], false],
    [
      'fewer clusters',
      [grant(['host:read'], { clusters: ['web*'] })],
      [grant(['host:read'], { clusters: ['web1*'] })],
      true,
    ],
    [
      'other clusters',
      [grant(['host:read'], { clusters: ['web*'] })],
      [grant(['host:read'], { clusters: ['we*'] })],
      false,
    ],
    ['everywhere', [grant(['host:read'], { clusters: ['*'] })], [grant(['host:read'])], false],
    ['fewer hosts', [grant(['operation:run'], { max_hosts: 5 })], [grant(['operation:run'], { max_hosts: 4 })], true],
    ['no limit', [grant(['operation:run'], { max_hosts: 5 })], [grant(['operation:run'])], false],
    ['no limit at once', [grant(['operation:run'], { max_at_once: 5 })], [grant(['operation:run'])], false],
    [
      'more at once',
      [grant(['operation:run'], { max_at_once: 5 })],
      [grant(['operation:run'], { max_at_once: 6 })],
      false,
    ],
    [
      'fewer at once, because they are fewer at all',
      [grant(['operation:run'], { max_at_once: 5 })],
      [grant(['operation:run'], { max_hosts: 4 })],
      true,
    ],
    [
      'a share for a number',
      [grant(['operation:run'], { max_hosts: 5 })],
      [grant(['operation:run'], { max_percent: 1 })],
      false,
    ],
  ])('%s: %j', (_, own, wanted, isContained) => {
    expect(new Access(own).contains(wanted)).toBe(isContained);
  });

  test('nobody passes on nothing', () => {
    expect(new Access().contains([grant(['host:read'])])).toBe(false);
    expect(new Access().contains([])).toBe(true);
  });

  test('a token passes on no more than it and its owner have', () => {
    const access = new Access([grant(['host:read', 'event:read'])], [grant(['host:read', 'operation:run'])]);
    expect(access.contains([grant(['host:read'])])).toBe(true);
    expect(access.contains([grant(['event:read'])])).toBe(false);
    expect(access.contains([grant(['operation:run'])])).toBe(false);
  });
});
