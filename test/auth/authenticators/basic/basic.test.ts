import { heapStats } from 'bun:jsc';
import { availableParallelism } from 'node:os';
import { expect, test } from 'vitest';
import { type BasicOptions, basicAuthenticator } from '../../../../src/auth/authenticators/basic/basic.ts';
import { verifyPassword } from '../../../../src/auth/authenticators/basic/password-hash.ts';
import { argonHash, basic, bcryptHash, randomBytes, requestWith, standingClock } from '../../support.ts';

function authenticator(hashes: Record<string, string>, options: Partial<BasicOptions> = {}) {
  return basicAuthenticator({
    hashes: new Map(Object.entries(hashes)),
    clock: standingClock(),
    randomBytes,
    ...options,
  });
}

/** An authenticator that tells how often a password was really compared, and with which hash. */
function counting(hashes: Record<string, string>, options: Partial<BasicOptions> = {}) {
  const compared: string[] = [];
  const verify = async (password: string, hash: string) => {
    compared.push(hash);
    return password === hash;
  };
  return { compared, authenticator: authenticator(hashes, { verify, ...options }) };
}

const alice = { name: 'alice', method: 'httpbasicauth', subjects: ['user:alice'] };

test.each([
  ['bcrypt $2b$', bcryptHash('secret'), 'secret'],
  ['bcrypt $2a$', bcryptHash('secret').replace('$2b$', '$2a$'), 'secret'],
  ['bcrypt $2y$', bcryptHash('secret').replace('$2b$', '$2y$'), 'secret'],
  ['argon2id', argonHash('secret'), 'secret'],
  ['a password with colons', bcryptHash('a:b::c'), 'a:b::c'],
  ['a password in UTF-8', argonHash('Zürich ✓ 密码'), 'Zürich ✓ 密码'],
  ['72 bytes of a long password, as the original hashed it', bcryptHash('x'.repeat(72)), 'x'.repeat(80)],
  ['a long password, as Bun hashes it', bcryptHash('x'.repeat(80)), 'x'.repeat(80)],
])('the right password logs in: %s', async (_, hash, password) => {
  const log = authenticator({ alice: hash });
  expect(await log.authenticate(requestWith(basic('alice', password)))).toEqual(alice);
  expect(await log.authenticate(requestWith(basic('alice', `!${password}`)))).toHaveProperty('refused');
  expect(await log.authenticate(requestWith(basic('alice', '')))).toHaveProperty('refused');
});

test.each(['basic', 'BASIC', 'bAsIc', 'Basic  '])('the scheme may be written %s', async (scheme) => {
  expect(
    await authenticator({ alice: bcryptHash('a') }).authenticate(requestWith(basic('alice', 'a', scheme))),
  ).toEqual(alice);
});

test.each([undefined, '', 'Bearer abc', 'Basically abc', 'Negotiate'])('%s is left to others', async (header) => {
  expect(await authenticator({ alice: bcryptHash('a') }).authenticate(requestWith(header))).toBe('pass');
});

test.each([
  ['nothing after the scheme', 'Basic'],
  ['not base64', 'Basic !!!!'],
  ['base64 with rubbish behind it', `${basic('alice', 'a')} x`],
  ['an impossible length', 'Basic YWxpY'],
  ['base64 of another alphabet', 'Basic Pz8_Pz8-'],
  ['no colon', `Basic ${btoa('alice')}`],
  ['not UTF-8', `Basic ${Buffer.from([0xff, 0xfe, 0x3a, 0x61]).toString('base64')}`],
  ['a NUL behind the right password', basic('alice', 'a\0b')],
  ['an unknown user', basic('bob', 'a')],
  ['no user', basic('', 'a')],
  ['another case of the user', basic('Alice', 'a')],
  ['a name that objects have', basic('__proto__', 'a')],
])('%s is refused and never throws', async (_, header) => {
  expect(await authenticator({ alice: bcryptHash('a') }).authenticate(requestWith(header))).toHaveProperty('refused');
});

test('padding may be missing', async () => {
  const header = basic('alice', 'ab').replace(/=+$/, '');
  expect(header).not.toBe(basic('alice', 'ab'));
  expect(await authenticator({ alice: bcryptHash('ab') }).authenticate(requestWith(header))).toEqual(alice);
});

test('credentials that were right are not verified again for five minutes', async () => {
  const clock = standingClock();
  const { compared, authenticator: log } = counting({ alice: 'a', bob: 'b' }, { clock });
  const ask = () => log.authenticate(requestWith(basic('alice', 'a')));
  await ask();
  clock.advance(5 * 60_000 - 1);
  expect(await ask()).toEqual(alice);
  expect(compared).toHaveLength(1);
  clock.advance(1);
  expect(await ask()).toEqual(alice);
  expect(compared).toHaveLength(2);
});

test('what is remembered vouches for that user and that password alone', async () => {
  const { authenticator: log } = counting({ alice: 'a', bob: 'b' });
  await log.authenticate(requestWith(basic('alice', 'a')));
  expect(await log.authenticate(requestWith(basic('alice', 'b')))).toHaveProperty('refused');
  expect(await log.authenticate(requestWith(basic('bob', 'a')))).toHaveProperty('refused');
});

test('what is remembered of a user keeps no password', async () => {
  const user = 'alice.of.a.long.name@example.com';
  const bytes = 400_000;
  const log = authenticator({ [user]: 'a hash' }, { verify: async () => true });
  const before = textBytes();
  for (let n = 0; n < 50; n += 1) {
    expect(await log.authenticate(requestWith(basic(user, String(n).padEnd(bytes, 'x'))))).toHaveProperty('name', user);
  }
  expect(textBytes() - before).toBeLessThan(25 * bytes);
});

/** What texts in memory take. */
function textBytes(): number {
  Bun.gc(true);
  return heapStats().extraMemorySize;
}

test('wrong credentials are verified every time', async () => {
  const { compared, authenticator: log } = counting({ alice: 'a' });
  for (let attempt = 0; attempt < 3; attempt += 1) await log.authenticate(requestWith(basic('alice', 'wrong')));
  expect(compared).toHaveLength(3);
});

test('an unknown user is compared with a real hash, always the same, and not let in even if it fits', async () => {
  const { compared, authenticator: log } = counting({ alice: 'a', bob: 'b' });
  for (const password of ['a', 'b', 'a', 'b']) {
    expect(await log.authenticate(requestWith(basic('nobody', password)))).toHaveProperty('refused');
  }
  expect(new Set(compared).size).toBe(1);
  expect(['a', 'b']).toContain(compared[0]);
});

test('no more passwords are verified at once than half of the processors can do, and equal credentials once for all who wait', async () => {
  let running = 0;
  let most = 0;
  let total = 0;
  const verify = async (password: string) => {
    running += 1;
    total += 1;
    most = Math.max(most, running);
    await new Promise((resolve) => setImmediate(resolve));
    running -= 1;
    return password === 'a';
  };
  const log = authenticator({ alice: 'x' }, { verify });
  const passwords = ['a', 'b', 'c', 'd', 'e', 'f', 'a', 'a', 'a'];
  const outcomes = await Promise.all(
    passwords.map((password) => log.authenticate(requestWith(basic('alice', password)))),
  );
  expect(most).toBe(Math.max(1, Math.floor(availableParallelism() / 2)));
  expect(total).toBe(6);
  expect(outcomes.filter((outcome) => outcome !== 'pass' && 'name' in outcome)).toHaveLength(4);
});

test('a verification that fails does not block the next one', async () => {
  let calls = 0;
  const verify = async () => {
    calls += 1;
    if (calls <= 3) throw new Error('out of memory');
    return true;
  };
  const log = authenticator({ alice: 'x' }, { verify });
  const ask = () => log.authenticate(requestWith(basic('alice', 'a')));
  for (let attempt = 0; attempt < 3; attempt += 1) await expect(ask()).rejects.toThrow('out of memory');
  expect(await ask()).toEqual(alice);
});

test('a password is never verified against what is not its hash', async () => {
  expect(await verifyPassword('x', bcryptHash('y'))).toBe(false);
});
