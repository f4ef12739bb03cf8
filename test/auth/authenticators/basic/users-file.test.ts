import { renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { httpbasicauth } from '../../../../src/auth/authenticators/basic/kind.ts';
import { temporaryDirectory } from '../../../support/temporary.ts';
import { basic, bcryptHash, requestWith } from '../../support.ts';
import { makeKind } from '../support.ts';

/** An authenticator for a users file with this text, which can be rewritten. */
async function withUsersFile(text: string) {
  const directory = temporaryDirectory();
  const filepath = join(directory.path, 'users');
  writeFileSync(filepath, text);
  const made = await makeKind(httpbasicauth, { filepath });
  const login = (user: string, password: string) => made.authenticator.authenticate(requestWith(basic(user, password)));
  return { ...made, filepath, login, [Symbol.dispose]: directory[Symbol.dispose] };
}

const alice = { name: 'alice', subjects: ['user:alice'] };
const apacheMd5 = '$apr1$Zl1fgSPM$0Ov6/0ZwwzFzdYQm4x4lu0';
const sha = '{SHA}0DPiKuNIrrVmD8IUCuw1hQxNqZc=';

test.each([
  ['$2y$, as htpasswd -B writes it', bcryptHash('secret').replace('$2b$', '$2y$')],
  ['$2b$', bcryptHash('secret')],
  ['$2a$', bcryptHash('secret').replace('$2b$', '$2a$')],
])('a user of a .htpasswd logs in by %s', async (_, hash) => {
  using users = await withUsersFile(`# the operators\r\n\n bob:${bcryptHash('b')}  \r\nalice:${hash}\n`);
  expect(await users.login('alice', 'secret')).toMatchObject(alice);
  expect(await users.login('bob', 'b')).toMatchObject({ name: 'bob' });
  expect(await users.login('alice', 'b')).toHaveProperty('refused');
  expect(users.lines).toEqual([]);
});

test.each([
  ['MD5', `alice:${apacheMd5}`, 'secret'],
  ['SHA-1', `alice:${sha}`, 'secret'],
  ['crypt', 'alice:rqXexS6ZhobKA', 'secret'],
  ['no hash at all: the password itself', 'alice:secret', 'secret'],
  ['a digest of a realm', 'alice:realm:5f4dcc3b5aa765d61d8327deb882cf99', 'secret'],
])('a user of a .htpasswd with %s cannot log in, which is noted without the hash', async (_, line, password) => {
  using users = await withUsersFile(`bob:${bcryptHash('b')}\n${line}\nno colon\n`);
  expect(await users.login('alice', password)).toHaveProperty('refused');
  expect(await users.login('bob', 'b')).toMatchObject({ name: 'bob' });
  expect(users.lines).toEqual([
    expect.stringContaining(`${users.filepath}:2:1: the user "alice" has no usable hash`),
    expect.stringContaining(`${users.filepath}:3:1: the user "" has no hash`),
  ]);
  expect(users.lines.join()).not.toContain(line.slice('alice:'.length));
});

test('a .htpasswd that names a user twice counts the first, and what follows a second colon is a remark', async () => {
  using users = await withUsersFile(`alice:${bcryptHash('one')}:Alice\nalice:${bcryptHash('two')}\n`);
  expect(await users.login('alice', 'one')).toMatchObject(alice);
  expect(await users.login('alice', 'two')).toHaveProperty('refused');
});

const ofOne = (user: string, password: string) => JSON.stringify({ [user]: { hash: bcryptHash(password) } });

test.each([
  ['written over', (path: string, text: string) => writeFileSync(path, text)],
  [
    'replaced by another in one step, of the same age',
    (path: string, text: string) => {
      writeFileSync(`${path}.new`, text);
      utimesSync(`${path}.new`, 1, 1);
      utimesSync(path, 1, 1);
      renameSync(`${path}.new`, path);
    },
  ],
])('users of a file that was %s count within a second, and what was proven before does not', async (_, change) => {
  using users = await withUsersFile(ofOne('alice', 'old'));
  const recall = (password: string) => users.authenticator.guessable?.recall(requestWith(basic('alice', password)));
  expect(await users.login('alice', 'old')).toMatchObject(alice);
  expect(await users.login('alice', 'new')).toHaveProperty('refused');
  expect(await recall('old')).toMatchObject(alice);
  change(users.filepath, ofOne('alice', 'new'));
  users.clock.advance(1000);
  expect([recall('old'), recall('new')]).toEqual([undefined, undefined]);
  expect(await users.login('alice', 'old')).toHaveProperty('refused');
  expect(await users.login('alice', 'new')).toMatchObject(alice);
});

test.each([
  ['is not JSON', (path: string) => writeFileSync(path, '{"alice": '), 'users:1:'],
  ['is gone', (path: string) => rmSync(path), 'no such file'],
])('while the file %s the users of before count, which is logged once', async (_, spoil, reason) => {
  using users = await withUsersFile(ofOne('alice', 'a'));
  spoil(users.filepath);
  for (let seconds = 0; seconds < 3; seconds += 1) {
    users.clock.advance(1000);
    expect(await users.login('alice', 'a')).toMatchObject(alice);
  }
  expect(users.lines).toEqual([expect.stringMatching(/^error .*cannot be used: what it said before counts/)]);
  expect(users.lines[0]).toContain(reason);
  writeFileSync(users.filepath, ofOne('bob', 'b'));
  users.clock.advance(1000);
  expect(await users.login('bob', 'b')).toMatchObject({ name: 'bob' });
});
