import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Access } from '../../../src/auth/access.ts';
import type { Grant } from '../../../src/auth/grant.ts';
import type { Permission } from '../../../src/auth/permissions.ts';
import { adminGrant, builtInRoles, type Role } from '../../../src/auth/roles.ts';
import { type RequestedGrants, requestedGrants } from '../../../src/auth/tokens/requested-grants.ts';
import { AppError } from '../../../src/lib/errors.ts';

const roles = new Map(builtInRoles.map((role): [string, Role] => [role.name, role]));
const permissionsOf = (name: string) => new Set(roles.get(name)?.permissions);
const granted = (role: string, limits: Partial<Grant> = {}): Grant => ({
  role,
  permissions: permissionsOf(role),
  ...limits,
});
const operator = granted('operator', { clusters: ['web*'], max_percent: 25 });
const viewer = granted('viewer');

describe('what is asked for', () => {
  test.each<[string, Grant[], RequestedGrants, Partial<Grant>[]]>([
    ['nothing in particular', [operator, viewer], {}, [operator, viewer]],
    ['one of the roles, as it is had', [operator, viewer], { roles: ['operator'] }, [operator]],
    ['a role that is not had, within one that is', [adminGrant], { roles: ['viewer'] }, [viewer]],
    [
      'some of the clusters',
      [operator, viewer],
      { clusters: ['web1'] },
      [
        { role: 'operator', clusters: ['web1'], max_percent: 25 },
        { role: 'viewer', clusters: ['web1'] },
      ],
    ],
    [
      'clusters that not every role holds for',
      [operator, viewer],
      { clusters: ['web1', 'db'] },
      [
        { role: 'operator', clusters: ['web1'] },
        { role: 'viewer', clusters: ['web1', 'db'] },
      ],
    ],
    ['fewer hosts', [operator], { max_hosts: 3 }, [{ role: 'operator', max_hosts: 3, max_percent: 25 }]],
    ['a smaller share', [operator], { max_percent: 10 }, [{ role: 'operator', max_percent: 10 }]],
    [
      'a role that is had elsewhere, within another',
      [granted('registrar', { clusters: ['db'] }), granted('operator', { clusters: ['web'] })],
      { roles: ['registrar'], clusters: ['web'] },
      [{ role: 'registrar', clusters: ['web'] }],
    ],
  ])('%s', (_, own, asked, expected) => {
    expect(requestedGrants(new Access(own), asked, roles)).toEqual(
      expected.map((grant) => expect.objectContaining(grant)),
    );
  });

  test('of nothing: the role is missing, and not a narrower request', () => {
    const hint = 'ask an administrator for a role';
    expect(() => requestedGrants(new Access([]), {}, roles)).toThrow(expect.objectContaining({ hint }));
  });

  test.each<[string, Grant[][], RequestedGrants, string]>([
    ['anything of nothing', [[]], {}, 'wider_than_own'],
    ['a role that allows more', [[viewer]], { roles: ['operator'] }, 'wider_than_own'],
    ['a role everywhere that is had somewhere', [[operator]], { roles: ['viewer'] }, 'wider_than_own'],
    ['another cluster', [[operator]], { clusters: ['db'] }, 'wider_than_own'],
    ['another cluster beside one that is had', [[operator]], { clusters: ['web1', 'db'] }, 'wider_than_own'],
    ['more clusters', [[operator]], { clusters: ['w*'] }, 'wider_than_own'],
    ['a larger share', [[operator]], { max_percent: 26 }, 'wider_than_own'],
    ['more than the token has', [[adminGrant], [viewer]], { roles: ['operator'] }, 'wider_than_own'],
    ['what the owner has lost meanwhile', [[viewer], [operator]], {}, 'wider_than_own'],
    ['a role that there is not', [[adminGrant]], { roles: ['root'] }, 'invalid_member'],
  ])('%s is refused', (_, layers, asked, code) => {
    expect(() => requestedGrants(new Access(...layers), asked, roles)).toThrow(expect.objectContaining({ code }));
  });
});

describe('over any chain of minting', () => {
  const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '*'), minLength: 1, maxLength: 3 });
  const clusters = fc.array(pattern, { minLength: 1, maxLength: 2 });
  const cluster = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 3 });
  const few: Permission[] = ['host:read', 'operation:run', 'host:register'];
  const sites: Role[] = [
    { name: 'all', permissions: few },
    { name: 'read', permissions: ['host:read'] },
    { name: 'run', permissions: ['operation:run', 'host:read'] },
  ];
  const siteRoles = new Map(sites.map((role): [string, Role] => [role.name, role]));
  const limits = {
    clusters,
    max_hosts: fc.integer({ min: 1, max: 4 }),
    max_percent: fc.integer({ min: 1, max: 100 }),
  };
  const own = fc.array(
    fc
      .record({ of: fc.constantFrom(...sites), limits: fc.record(limits, { requiredKeys: [] }) })
      .map(({ of, limits }): Grant => ({ role: of.name, permissions: new Set(of.permissions), ...limits })),
    { minLength: 1, maxLength: 3 },
  );
  // Of what is asked for anyhow little is granted: one member at a time gets further down.
  const asked: fc.Arbitrary<RequestedGrants> = fc.oneof(
    fc.record({ roles: fc.subarray(['all', 'read', 'run'], { minLength: 1 }), ...limits }, { requiredKeys: [] }),
    fc.record({ max_hosts: limits.max_hosts }),
    fc.record({ max_percent: limits.max_percent }),
    fc.record({ clusters }),
    fc.constant({}),
  );

  test('nobody can do what those before could not, whatever the owner has by then', () => {
    let deep = 0;
    fc.assert(
      fc.property(
        own,
        own,
        fc.array(asked, { minLength: 3, maxLength: 3 }),
        fc.array(cluster, { maxLength: 4 }),
        (had, has, asks, inventory) => {
          // What the owner had when it was minted, and what is left of that when it is used.
          const chain: Access[] = [new Access(had)];
          for (const each of asks) {
            const minter = chain.at(-1);
            const grants = minter && minted(minter, each, siteRoles);
            if (grants === undefined) break;
            chain.push(new Access(had, grants));
          }
          if (chain.length > 3) deep += 1;
          for (const [index, access] of chain.entries()) {
            for (const before of chain.slice(0, index)) expectWithin(access, before, inventory);
          }
          const last = chain.length > 1 ? minted(new Access(had), asks[0] ?? {}, siteRoles) : undefined;
          if (last !== undefined) expectWithin(new Access(has, last), new Access(has), inventory);
        },
      ),
      { numRuns: 5_000 },
    );
    expect(deep).toBeGreaterThan(50);
  });

  function expectWithin(access: Access, before: Access, inventory: readonly string[]): void {
    const hostsWithin = ({ clusters: patterns }: Grant) => inventory.filter((name) => holds(patterns, name)).length;
    for (const permission of few) {
      expect(!access.allowsEverywhere(permission) || before.allowsEverywhere(permission)).toBe(true);
      for (const name of [...inventory, undefined]) {
        expect(!access.allowsIn(permission, name) || before.allowsIn(permission, name)).toBe(true);
      }
    }
    for (let size = 1; size <= inventory.length; size += 1) {
      const reach = { clusters: inventory.slice(0, size), hostsWithin };
      expect(!access.allowsReach('operation:run', reach) || before.allowsReach('operation:run', reach)).toBe(true);
    }
  }

  function holds(patterns: readonly string[] | undefined, name: string): boolean {
    const grant: Grant = { role: '', permissions: new Set(few), ...(patterns && { clusters: patterns }) };
    return new Access([grant]).allowsIn('host:read', name);
  }
});

/** Undefined when it is refused. */
function minted(
  access: Access,
  asked: RequestedGrants,
  known: ReadonlyMap<string, Role>,
): readonly Grant[] | undefined {
  try {
    return requestedGrants(access, asked, known);
  } catch (error) {
    if (error instanceof AppError && error.code === 'wider_than_own') return undefined;
    throw error;
  }
}
