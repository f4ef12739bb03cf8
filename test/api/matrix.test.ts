import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RouteRule } from '../../src/api/permissions.ts';
import type { ProblemCode } from '../../src/lib/problems.ts';
import { basicOf, startServer, type TestServer, usersNamed } from '../support/server.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { type ForgedTokens, forgeTokens } from '../support/token-forge.ts';
import { expectDocumented } from './documented.ts';
import {
  expectLetThrough,
  expectRefused,
  guarded,
  isAllowed,
  makeSite,
  mint,
  name,
  roles,
  type Site,
} from './every-route.ts';

/** Every route with every kind of caller. */

let server: TestServer;
let forged: ForgedTokens = {};
let site: Site = { operation: '', token: '', session: '' };
let [revoked, registration] = ['', ''];
const directory = temporaryDirectory();

beforeAll(async () => {
  server = await startServer({
    directory: directory.path,
    onAnswer: expectDocumented,
    configuration: {
      'authentication-plugins': [{ name: 'httpbasicauth', users: usersNamed('tester', ...roles) }],
      'default-role': 'none',
      'role-bindings': [
        { role: 'admin', subjects: ['user:tester', 'user:admin'] },
        { role: 'viewer', subjects: ['user:viewer'] },
        { role: 'operator', subjects: ['user:operator'] },
        { role: 'operator', subjects: ['user:elsewhere'], clusters: ['other*'] },
        { role: 'registrar', subjects: ['user:registrar'] },
      ],
    },
  });
  site = await makeSite(server);
  forged = await forgeTokens(join(directory.path, 'data'), site.session);
  const ended = await mint(server, { kind: 'automation', lifetime: 3_600 });
  await server.request('DELETE', `/api/v0/token/${ended.id}`);
  revoked = ended.token;
  registration = (await mint(server, { kind: 'registration', cluster: name, lifetime: 600, max_hosts: 1 })).token;
});

afterAll(async () => {
  expect(server.log.filter((line) => line.startsWith('error'))).toEqual([]);
  await server[Symbol.asyncDispose]();
  directory[Symbol.dispose]();
});

/** @param authorization empty for none */
function refuses(rule: RouteRule, authorization: string, code: ProblemCode): Promise<void> {
  return expectRefused(server, rule, site, { code, headers: { authorization } });
}

const strangers: [string, () => string, ProblemCode][] = [
  ['no credentials', () => '', 'credentials_required'],
  ['another scheme', () => 'Digest username="admin"', 'credentials_required'],
  ['a wrong password', () => `Basic ${Buffer.from('admin:wrong').toString('base64')}`, 'credentials_refused'],
  ['an unknown user', () => `Basic ${Buffer.from('nobody:wrong').toString('base64')}`, 'credentials_refused'],
];

const wrongTokens = [
  'is expired',
  'is not valid yet',
  'is for another audience',
  'has no audience',
  'has no expiry',
  'has no id',
  'has an id that there is not',
  'is of somebody else',
  'is of another type',
  'is signed by nobody (alg none)',
  'is signed with the public key (HS256)',
  'is signed with the public key as text (HS256)',
  'is signed by RSA',
  'is signed with a foreign key',
  'is signed with a key that there is not',
  'has another claim under the same signature',
];

describe.each(wrongTokens)('with a token that %s', (what) => {
  test.each(guarded)('$method $path is credentials_refused', (rule) => {
    const token = forged[what];
    if (token === undefined) throw new Error(`there is no token that ${what}`);
    return refuses(rule, `Bearer ${token}`, 'credentials_refused');
  });
});

describe('with a token that was revoked', () => {
  test.each(guarded)('$method $path is credentials_refused', (rule) =>
    refuses(rule, `Bearer ${revoked}`, 'credentials_refused'),
  );
});

describe('with a registration token', () => {
  const others = guarded.filter(({ method, path }) => `${method} ${path}` !== 'PUT /api/v0/host');
  test.each(others)('$method $path is forbidden', (rule) => refuses(rule, `Bearer ${registration}`, 'forbidden'));
});

describe.each(strangers)('with %s', (_, authorization, code) => {
  test.each(guarded)(`$method $path is ${code}`, (rule) => refuses(rule, authorization(), code));
});

const limited = roles.filter((role) => role !== 'admin');

describe.each(limited)('%s', (role) => {
  const refused = guarded.filter((rule) => !isAllowed(role, rule));
  test.each(refused)('is refused $method $path', (rule) => refuses(rule, basicOf(role), 'forbidden'));
});

// What changes something comes after all that must not.
describe.each(roles)('%s', (role) => {
  const allowed = guarded.filter((rule) => isAllowed(role, rule));
  test.each(allowed)('is let through to $method $path', (rule) =>
    expectLetThrough(server, rule, site, { headers: { authorization: basicOf(role) } }),
  );
});
