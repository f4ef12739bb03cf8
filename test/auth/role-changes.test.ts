import fc from 'fast-check';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { Access } from '../../src/auth/access.ts';
import type { Identity } from '../../src/auth/authenticator.ts';
import { Authorizer } from '../../src/auth/authorizer.ts';
import { type RoleBinding, type RoleBindingView, roleBindingRecords } from '../../src/auth/bindings.ts';
import type { Grant } from '../../src/auth/grant.ts';
import type { Permission } from '../../src/auth/permissions.ts';
import { RoleChanges } from '../../src/auth/role-changes.ts';
import { type Role, roleRecords } from '../../src/auth/roles.ts';
import { accessBy, type RoleConfiguration, type Rules } from '../../src/auth/rules.ts';
import { siteBindings } from '../../src/auth/site-bindings.ts';
import { SiteCollection } from '../../src/auth/site-collection.ts';
import { siteRoles } from '../../src/auth/site-roles.ts';
import { AppError } from '../../src/lib/errors.ts';
import { temporaryStore } from '../operations/support.ts';

const store = temporaryStore();
afterAll(() => store[Symbol.asyncDispose]());

interface Site {
  configured: RoleConfiguration;
  roles: readonly Role[];
  bindings: Readonly<Record<string, RoleBinding>>;
}

const nothing: RoleConfiguration = { roles: [], bindings: [], defaultRole: 'none' };

/** A store with these roles and bindings and no other. */
async function siteWith({ configured, roles, bindings }: Site) {
  await store.transact(async (tx) => {
    for await (const { key } of store.list(roleRecords)) tx.delete(roleRecords, key);
    for await (const { key } of store.list(roleBindingRecords)) tx.delete(roleBindingRecords, key);
    for (const role of roles) tx.put(roleRecords, role.name, role);
    for (const [name, binding] of Object.entries(bindings)) tx.put(roleBindingRecords, name, binding);
  });
  const authorizer = new Authorizer(store, configured);
  const changes = new RoleChanges(store, authorizer);
  return {
    authorizer,
    roles: new SiteCollection(siteRoles, { store, authorizer, changes }),
    bindings: new SiteCollection(siteBindings, { store, authorizer, changes }),
  };
}

const caller = (...subjects: string[]): Identity => ({ name: subjects.join(' '), method: 'httpbasicauth', subjects });
const as = (...subjects: string[]) => ({ identity: caller(...subjects), isForced: false });

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'done';
  } catch (error) {
    if (error instanceof AppError) return error.code;
    throw error;
  }
}

describe('whatever is changed', () => {
  const few = ['role:write', 'operation:run', 'host:read', 'credentials:read'] as const;
  const roleNames = ['r1', 'r2', 'viewer'];
  const subjects = ['user:a', 'user:b', 'group:c'];
  const bindingNames = ['b1', 'b2', 'b3'];
  const pattern = fc.constantFrom('*', 'w*', 'web', 'd*', 'db');
  const permissions = fc.subarray([...few]);
  const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
  const binding: fc.Arbitrary<RoleBinding> = fc
    .record({
      role: fc.constantFrom(...roleNames, 'admin'),
      subjects: fc.subarray(subjects, { minLength: 1 }),
      clusters: optional(fc.array(pattern, { minLength: 1, maxLength: 2 })),
      max_hosts: optional(fc.integer({ min: 1, max: 3 })),
      max_percent: optional(fc.constantFrom(34, 67, 100)),
    })
    .map(({ role, subjects, clusters, max_hosts, max_percent }) => ({
      role,
      subjects,
      ...(clusters === undefined ? {} : { clusters }),
      ...(max_hosts === undefined ? {} : { max_hosts }),
      ...(max_percent === undefined ? {} : { max_percent }),
    }));
  const rolesOf = (names: fc.Arbitrary<string[]>): fc.Arbitrary<Role[]> =>
    names.chain((all) =>
      fc.tuple(...all.map((name) => permissions.map((allowed) => ({ name, permissions: allowed })))),
    );
  const site: fc.Arbitrary<Site> = fc.record({
    configured: fc.record({
      roles: rolesOf(fc.subarray(['r2'])),
      bindings: fc.array(binding, { maxLength: 1 }),
      defaultRole: fc.constantFrom('none', 'viewer', 'admin', undefined),
    }),
    roles: rolesOf(fc.constant(['r1', 'r2'])),
    bindings: fc.dictionary(fc.constantFrom(...bindingNames), binding, { minKeys: 1 }),
  });
  const author = fc.record({ subjects: fc.subarray(subjects), permissions, binding });
  type Change =
    | { noun: 'role'; name: string; to?: readonly Permission[] }
    | { noun: 'binding'; name: string; to?: RoleBinding };
  const change: fc.Arbitrary<Change> = fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({ noun: fc.constant('role' as const), name: fc.constantFrom('r1', 'r2'), to: permissions }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        noun: fc.constant('binding' as const),
        name: fc.constantFrom(...bindingNames),
        to: binding,
      }),
    },
    fc.record({ noun: fc.constant('role' as const), name: fc.constantFrom(...roleNames) }),
    // Of these few leave somebody without any binding, which is worth being seen often.
    {
      weight: 6,
      arbitrary: fc.record({ noun: fc.constant('binding' as const), name: fc.constantFrom(...bindingNames) }),
    },
  );

  const inventory = ['web', 'web', 'db', undefined];
  const groups: (string | undefined)[][] = [['web'], ['db'], ['web', 'web'], ['web', 'db'], [undefined], inventory];
  const hostsWithin = ({ clusters }: Grant) => {
    const own = new Access([{ role: 'x', permissions: new Set(['host:read']), ...(clusters && { clusters }) }]);
    return inventory.filter((name) => own.allowsIn('host:read', name)).length;
  };

  /** Everything that can be asked of an access, as text. */
  function allowed(access: Access): Set<string> {
    const found = new Set<string>();
    for (const permission of few) {
      if (access.allowsEverywhere(permission)) found.add(`${permission} everywhere`);
      for (const cluster of new Set(inventory)) {
        if (access.allowsIn(permission, cluster)) found.add(`${permission} in ${cluster}`);
      }
    }
    for (const clusters of groups) {
      if (access.allowsReach('operation:run', { clusters, hostsWithin })) found.add(`an operation over ${clusters}`);
    }
    return found;
  }

  const everyone = [...subjects, 'user:author'];
  const everybody = [[], ...everyone.map((one) => [one]), ['user:a', 'group:c'], ['user:author', 'user:b'], everyone];
  const callers = everybody.map((own) => caller(...own));

  test('nobody can do anything that neither they nor the author could do before', async () => {
    const counts = { done: 0, refused: 0, widened: 0, unbound: 0 };
    await fc.assert(
      fc.asyncProperty(site, author, change, async (drawn, { subjects, permissions, binding }, wanted) => {
        const subject = ['user:author'];
        const made = await siteWith({
          ...drawn,
          roles: [...drawn.roles, { name: 'author', permissions: ['role:write', ...permissions] }],
          bindings: {
            ...drawn.bindings,
            author: { role: 'author', subjects: subject },
            limited: { ...binding, subjects: subject },
          },
        });
        const identity = caller('user:author', ...subjects);
        const before = await made.authorizer.rules();
        const may = allowed(accessBy(before, identity));
        const could = callers.map((one) => allowed(accessBy(before, one)));
        const code = await codeOf(applied(made, wanted, { identity, isForced: true }));
        const after = await made.authorizer.rules();
        if (code !== 'done') {
          expect(after).toEqual(before);
          if (code === 'wider_than_own') counts.refused += 1;
          return;
        }
        counts.done += 1;
        for (const [index, one] of callers.entries()) {
          const can = allowed(accessBy(after, one));
          const more = [...can].filter((what) => could[index]?.has(what) !== true);
          if (more.length > 0) counts.widened += 1;
          if (isBound(before, one) && !isBound(after, one)) counts.unbound += 1;
          expect(more.filter((what) => !may.has(what))).toEqual([]);
        }
      }),
      { numRuns: 700 },
    );
    expect(Math.min(...Object.values(counts))).toBeGreaterThan(5);
  });

  function isBound({ bindings }: Rules, { subjects }: Identity): boolean {
    return [...bindings.values()].some((one) => one.subjects.some((subject) => subjects.includes(subject)));
  }

  function applied(
    { roles, bindings }: Awaited<ReturnType<typeof siteWith>>,
    { noun, name, to }: Change,
    who: { identity: Identity; isForced: boolean },
  ): Promise<unknown> {
    if (noun === 'role')
      return to === undefined ? roles.delete(name, who) : roles.put(name, { permissions: [...to] }, who);
    return to === undefined ? bindings.delete(name, who) : bindings.put(name, to, who);
  }
});

describe('a role administrator who may read hosts', () => {
  const lead: Role = { name: 'lead', permissions: ['role:read', 'role:write', 'host:read'] };
  const bound = (role: string, subject: string, limits: Partial<RoleBinding> = {}): RoleBinding => ({
    role,
    subjects: [subject],
    ...limits,
  });
  const site: Site = {
    configured: { ...nothing, bindings: [bound('lead', 'user:lead'), bound('keeper', 'group:keepers')] },
    roles: [
      lead,
      { name: 'reader', permissions: ['host:read'] },
      { name: 'keeper', permissions: ['credentials:read'] },
    ],
    bindings: {
      bob: bound('reader', 'user:bob'),
      eve: bound('keeper', 'user:eve', { clusters: ['web*'] }),
      both: bound('keeper', 'user:bob', { clusters: ['web'] }),
    },
  };
  let made: Awaited<ReturnType<typeof siteWith>>;
  beforeEach(async () => {
    made = await siteWith(site);
  });

  const role = (name: string, ...permissions: Permission[]) => made.roles.put(name, { permissions }, as('user:lead'));
  const bind = (name: string, binding: RoleBinding) => made.bindings.put(name, binding, as('user:lead'));
  const cases: [string, () => Promise<unknown>, string][] = [
    ['gives what they have', () => bind('new', bound('reader', 'user:carol')), 'done'],
    ['gives it within limits', () => bind('new', bound('reader', 'user:carol', { clusters: ['db'] })), 'done'],
    ['gives what they do not have', () => bind('new', bound('keeper', 'user:carol')), 'wider_than_own'],
    ['gives it to themselves', () => bind('new', bound('admin', 'user:lead')), 'wider_than_own'],
    [
      'gives it for one cluster',
      () => bind('new', bound('keeper', 'user:carol', { clusters: ['db'] })),
      'wider_than_own',
    ],
    ['narrows what others have', () => bind('eve', bound('keeper', 'user:eve', { clusters: ['web1*'] })), 'done'],
    ['leaves it as it is', () => bind('eve', bound('keeper', 'user:eve', { clusters: ['web*'] })), 'done'],
    ['widens it', () => bind('eve', bound('keeper', 'user:eve')), 'wider_than_own'],
    [
      'passes it to another',
      () => bind('eve', bound('keeper', 'user:carol', { clusters: ['web*'] })),
      'wider_than_own',
    ],
    [
      'gives somebody twice what they have',
      () => bind('n', bound('keeper', 'user:bob', { clusters: ['web'] })),
      'done',
    ],
    ['adds to a role what they have', () => role('keeper', 'credentials:read', 'host:read'), 'done'],
    ['adds to a role what they do not have', () => role('reader', 'host:read', 'event:read'), 'wider_than_own'],
    ['writes a role that nobody has', () => role('new', 'event:read'), 'done'],
    ['takes from a role', () => role('keeper'), 'done'],
    ['takes role:write from themselves', () => role('lead', 'host:read'), 'own_access_lost'],
    ['binds a role that is not there', () => bind('new', bound('absent', 'user:carol')), 'role_unknown'],
    ['deletes a role that is bound', () => made.roles.delete('reader', as('user:lead')), 'in_use'],
    ['deletes a binding', () => made.bindings.delete('eve', as('user:lead')), 'done'],
    ['changes what is built in', () => role('viewer', 'host:read'), 'role_fixed'],
    ['takes the name of no role', () => role('none', 'host:read'), 'role_fixed'],
    ['deletes what is built in', () => made.roles.delete('viewer', as('user:lead')), 'role_fixed'],
    ['deletes what is configured', () => made.bindings.delete('configuration-2', as('user:lead')), 'role_fixed'],
    ['writes over it', () => bind('configuration-2', bound('reader', 'group:keepers')), 'role_fixed'],
    ['takes a name of the configuration', () => bind('configuration-9', bound('reader', 'user:bob')), 'role_fixed'],
  ];

  test.each(cases)('%s', async (_, work, code) => {
    const before = await made.authorizer.rules();
    expect(await codeOf(work())).toBe(code);
    if (code !== 'done') expect(await made.authorizer.rules()).toEqual(before);
  });

  test.each(['admin', undefined])('with the default role %s leaves nobody without a binding', async (defaultRole) => {
    const own = await siteWith({ ...site, configured: { ...site.configured, defaultRole } });
    expect(await codeOf(own.bindings.delete('eve', as('user:lead')))).toBe('wider_than_own');
    expect(await codeOf(own.bindings.put('eve', bound('reader', 'user:carol'), as('user:lead')))).toBe(
      'wider_than_own',
    );
    // Bob has another one, and keepers have theirs by the configuration.
    expect(await codeOf(own.bindings.delete('both', as('user:lead')))).toBe('done');
    await own.bindings.put('more', bound('reader', 'group:keepers'), as('user:lead'));
    expect(await codeOf(own.bindings.delete('more', as('user:lead')))).toBe('done');
    expect(await codeOf(own.bindings.delete('eve', as('user:root')))).toBe('done');
  });

  test('who comes with a token gives no more than that allows', async () => {
    const grants = [{ role: 'token', permissions: new Set<Permission>(['role:write']) }];
    const token = { id: 't', kind: 'automation', grants } as const;
    const author = { identity: { ...caller('user:lead'), token }, isForced: false };
    expect(await codeOf(made.bindings.put('new', bound('reader', 'user:carol'), author))).toBe('wider_than_own');
    expect(await codeOf(made.bindings.delete('eve', author))).toBe('done');
  });

  test('what was taken away while a request was on its way is gone', async () => {
    expect(await codeOf(made.bindings.delete('eve', as('user:bob')))).toBe('forbidden');
  });

  test('whoever insists may lose their own right, but not give what they do not have', async () => {
    const insisting = { ...as('user:lead'), isForced: true };
    expect(await codeOf(made.bindings.put('new', bound('keeper', 'user:carol'), insisting))).toBe('wider_than_own');
    expect(await codeOf(made.roles.put('lead', { permissions: [] }, insisting))).toBe('done');
    expect(await codeOf(made.bindings.delete('eve', insisting))).toBe('forbidden');
  });
});

test('two changes that would only be allowed apart are not made together', async () => {
  const { authorizer, roles } = await siteWith({
    configured: nothing,
    roles: [
      { name: 'lead', permissions: ['role:write', 'host:read'] },
      { name: 'r', permissions: [] },
    ],
    bindings: {
      lead: { role: 'lead', subjects: ['user:lead'] },
      root: { role: 'admin', subjects: ['user:root'] },
    },
  });
  // While somebody without credentials:read binds a role, it gets that from somebody who has it.
  const widen = () => roles.put('r', { permissions: ['credentials:read'] }, as('user:root'));
  const binding: RoleBindingView = { name: 'eve', role: 'r', subjects: ['user:eve'], source: 'store' };
  let attempts = 0;
  const binds = new RoleChanges(store, authorizer).make(as('user:lead'), async (tx, before) => {
    attempts += 1;
    if (attempts === 1) await widen();
    tx.put(roleBindingRecords, 'eve', binding);
    return { ...before, bindings: new Map(before.bindings).set('eve', binding) };
  });
  expect(await codeOf(binds)).toBe('wider_than_own');
  expect((await authorizer.accessOf(caller('user:eve'))).allows('credentials:read')).toBe(false);
  expect(attempts).toBe(2);
});
