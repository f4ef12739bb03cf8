import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { administrator } from '../../support/compiled.ts';
import { askOf, contractRoutes, furnished } from './routes.ts';
import type { Row } from './row.ts';

const hosts = '/api/v0/hosts';
/** Not one of the contract, and not one of `self-auths`. */
const closed = '/api/v0/budgets';
const open = [...new Set(contractRoutes.map(({ path }) => path))];
const [ofInline, ofFile] = ['of the configuration', 'of the file'];

/** Users in all the places that there are for them, and paths that need no credentials. */
export function manyUsers(dataDir: string): void {
  const filepath = join(dataDir, 'users.json');
  const inFile = {
    file: bcrypt(ofFile),
    both: bcrypt(ofFile),
    old: { hash: bcrypt('a').hash.replace('$2b$', '$2a$') },
    colons: bcrypt('a:b::c'),
    unhashed: {},
    unreadable: { hash: 'no hash' },
  };
  writeFileSync(filepath, JSON.stringify(inFile));
  const users = {
    [administrator.username]: bcrypt(administrator.password),
    inline: bcrypt(ofInline),
    both: bcrypt(ofInline),
  };
  write(dataDir, {
    'self-auths': open,
    'authentication-plugins': [
      { name: 'httpbasicauth', users: { replaced: bcrypt('a') } },
      { name: 'commissaire_http.authentication.httpbasicauth', users, filepath },
    ],
  });
}

/** Nobody is asked who somebody is. */
export function nobodyAsked(dataDir: string): void {
  write(dataDir, {});
}

/** Contract 9.1 and 9.2, asked of a server with many users. */
export const authentication: readonly Row[] = [
  ...contractRoutes.map(
    (route): Row => ({
      ...askOf(route),
      section: '9.1',
      says: 'here: a path of self-auths asks for no credentials, and its route for a permission all the same',
      given: furnished,
      headers: { authorization: '' },
      status: 403,
      problem: 'forbidden',
    }),
  ),
  {
    section: '9.1',
    says: 'here: credentials keep their worth there',
    method: 'GET',
    path: hosts,
    status: 200,
    answer: [],
  },
  {
    section: '9.1',
    says: 'wrong ones are as none there',
    method: 'GET',
    path: hosts,
    headers: basic('inline', 'wrong'),
    status: 403,
    problem: 'forbidden',
  },
  ...[`${hosts}/`, '/api/v0/host/', `${hosts}/x`, closed].map(
    (path): Row => ({
      section: '9.1',
      says: 'self-auths are compared exactly',
      method: 'GET',
      path,
      headers: { authorization: '' },
      status: 401,
      problem: 'credentials_required',
    }),
  ),
  refused('9.1', 'no plugin knows the caller', basic('nobody', 'a')),
  letIn('9.1', 'here: two plugins of one name both count', basic('replaced', 'a')),
  letIn('9.1', 'a plugin under its older name is the same', basic('inline', ofInline)),
  letIn('9.2', 'a user of the configuration', basic('inline', ofInline)),
  letIn('9.2', 'a user of the file', basic('file', ofFile)),
  letIn('9.2', 'of one in both the file counts', basic('both', ofFile)),
  refused('9.2', 'of one in both the configuration does not', basic('both', ofInline)),
  letIn('9.2', 'bcrypt of $2a$', basic('old', 'a')),
  ...['basic', 'BASIC', 'bAsIc'].map((scheme) =>
    letIn('9.2', `the scheme may be written ${scheme}`, basic('file', ofFile, scheme)),
  ),
  letIn('9.2', 'here: a password may hold colons', basic('colons', 'a:b::c')),
  refused('9.2', 'another password', basic('file', ofInline)),
  refused('9.2', 'no password', basic('file', '')),
  refused('9.2', 'another case of the user', basic('File', ofFile)),
  refused('9.2', 'here: a user without a hash 403, not 500', basic('unhashed', '')),
  refused('9.2', 'a hash that is none', basic('unreadable', 'no hash')),
  refused('9.2', 'here: no colon 403, not 500', { authorization: `Basic ${btoa('file')}` }),
  refused('9.2', 'here: no UTF-8 403, not 500', {
    authorization: `Basic ${Buffer.from([0xff, 0x3a, 0x61]).toString('base64')}`,
  }),
  ...['Basic', 'Basic !', 'Basic a', 'Basic ====', 'Basic YWxpY'].map((authorization) =>
    refused('9.2', `here: no base64 403, not 500: ${authorization}`, { authorization }),
  ),
  {
    ...refused('9.2', 'here: a bearer token that nobody knows 403, with the reason', { authorization: 'Bearer abc' }),
    shows: { 'www-authenticate': /error="invalid_token"/ },
  },
  ...['Negotiate', 'Basically abc'].map(
    (authorization): Row => ({
      section: '9.2',
      says: `here: ${authorization} is for no plugin there is 401`,
      method: 'GET',
      path: closed,
      headers: { authorization },
      status: 401,
      problem: 'credentials_required',
    }),
  ),
];

/** Contract 9.1, asked of a server without plugins. */
export const withoutPlugins: readonly Row[] = [
  { says: 'of anybody', headers: {} },
  { says: 'of nobody', headers: { authorization: '' } },
].map(
  ({ says, headers }): Row => ({
    section: '9.1',
    says: `without plugins every request is refused: ${says}`,
    method: 'GET',
    path: closed,
    headers,
    status: 403,
    problem: 'credentials_refused',
  }),
);

function letIn(section: string, says: string, headers: Record<string, string>): Row {
  return { section, says, method: 'GET', path: closed, headers, status: 200, answer: [] };
}

function refused(section: string, says: string, headers: Record<string, string>): Row {
  return { section, says, method: 'GET', path: closed, headers, status: 403, problem: 'credentials_refused' };
}

function basic(user: string, password: string, scheme = 'Basic'): Record<string, string> {
  return { authorization: `${scheme} ${Buffer.from(`${user}:${password}`).toString('base64')}` };
}

/** Cost 4 is bcrypt's least: the rows are not about its strength. */
function bcrypt(password: string): { hash: string } {
  return { hash: Bun.password.hashSync(password, { algorithm: 'bcrypt', cost: 4 }) };
}

function write(dataDir: string, members: object): void {
  const path = join(dataDir, 'commissaire.conf');
  writeFileSync(path, JSON.stringify({ 'listen-port': 0, ...members }), { mode: 0o600 });
}
