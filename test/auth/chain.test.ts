import { expect, test } from 'vitest';
import type { Authenticator } from '../../src/auth/authenticator.ts';
import { authenticationChain } from '../../src/auth/chain.ts';
import { Attempts } from '../../src/auth/throttle/attempts.ts';
import { recordingLogger, requestWith, standingClock } from './support.ts';

function answering(name: string, authenticate: Authenticator['authenticate']): Authenticator {
  return { name, asksFor: `what ${name} knows`, challenge: `${name} realm="x"`, authenticate };
}

const identity = { name: 'alice', method: 'yes', subjects: ['user:alice'] };
const yes = answering('yes', async () => identity);
const pass = answering('pass', async () => 'pass');
const no = answering('no', async () => ({ refused: 'a reason for the log' }));
const broken = answering('broken', async () => {
  throw new Error('the backend is down');
});

function chain(authenticators: Authenticator[], selfAuths: string[] = []) {
  const logger = recordingLogger();
  return {
    logger,
    chain: authenticationChain({ authenticators, selfAuths, attempts: new Attempts(standingClock()), logger }),
  };
}

test.each([
  ['yes', [yes]],
  ['pass, yes', [pass, yes]],
  ['no, yes', [no, yes]],
  ['broken, yes', [broken, yes]],
  ['yes, broken', [yes, broken]],
])('the first that knows the caller wins: %s', async (_, authenticators) => {
  expect(await chain(authenticators).chain.authenticate(requestWith('x'))).toEqual(identity);
});

test.each([
  ['pass', [pass], 'credentials_required', 401],
  ['no', [no], 'credentials_refused', 403],
  ['no, pass', [no, pass], 'credentials_refused', 403],
  ['pass, no', [pass, no], 'credentials_refused', 403],
  ['broken', [broken], 'credentials_refused', 403],
  ['broken, pass', [broken, pass], 'credentials_refused', 403],
  ['nobody', [], 'credentials_refused', 403],
])(
  'without anybody who knows the caller the answer tells what was missing: %s',
  async (_, authenticators, code, status) => {
    const asked = chain(authenticators).chain.authenticate(requestWith('x'));
    await expect(asked).rejects.toMatchObject({ code, status });
  },
);

test.each([
  ['refused', no, { code: 'credentials_refused' }],
  ['in the care of something broken', broken, { code: 'credentials_refused' }],
])('what this server made itself is shown to no other when it is %s', async (_, first, error) => {
  let asked = 0;
  const other = answering('other', async () => {
    asked += 1;
    return identity;
  });
  await expect(chain([other]).chain.authenticate(requestWith('x'), [first])).rejects.toMatchObject(error);
  expect(asked).toBe(0);
  expect(await chain([other]).chain.authenticate(requestWith('x'), [pass])).toEqual(identity);
});

test('an authenticator that says yes keeps the later ones from being asked', async () => {
  let asked = 0;
  const later = answering('later', async () => {
    asked += 1;
    return 'pass';
  });
  await chain([yes, later]).chain.authenticate(requestWith('x'));
  expect(asked).toBe(0);
});

test('a caller without credentials learns the methods and gets the challenges', async () => {
  const { chain: asked } = chain([pass, answering('other', async () => 'pass')]);
  expect(asked.challenges).toEqual(['pass realm="x"', 'other realm="x"']);
  await expect(asked.authenticate(requestWith(undefined))).rejects.toMatchObject({
    message: expect.stringContaining('what pass knows, or what other knows'),
    details: { methods: ['pass', 'other'] },
  });
});

test('reasons and failures go to the log, with who asked for what, and not to the caller', async () => {
  const { chain: asked, logger } = chain([no, broken]);
  const error: unknown = await asked.authenticate(requestWith('Basic c2VjcmV0OnNlY3JldA==')).catch((thrown) => thrown);
  expect(String(error)).not.toMatch(/reason|backend/);
  expect(logger.lines).toEqual([
    expect.stringMatching(/^warn credentials refused .*"peer":"192.0.2.1","reason":"a reason for the log"/),
    expect.stringMatching(/^error authenticator failed .*"reason":"the backend is down"/),
  ]);
  expect(logger.lines.join()).not.toContain('c2VjcmV0');
});

test.each([
  ['/open', undefined],
  ['/open', 'wrong'],
])('a path in self-auths needs no credentials, and gives no permission', async (path, header) => {
  const { chain: asked } = chain([header === undefined ? pass : no], ['/open']);
  expect(await asked.authenticate(requestWith(header, path))).toEqual({
    name: 'anonymous',
    method: 'self-auth',
    subjects: [],
    grants: [],
  });
});

test.each(['/open/', '/ope', '/open/x', '/OPEN', '//open'])('%s is not the self-auths path /open', async (path) => {
  const { chain: asked } = chain([pass], ['/open']);
  await expect(asked.authenticate(requestWith(undefined, path))).rejects.toMatchObject({ status: 401 });
});

test('good credentials keep their worth on a self-auths path, and a path opens without any plugin', async () => {
  expect(await chain([yes], ['/open']).chain.authenticate(requestWith('x', '/open'))).toEqual(identity);
  expect(await chain([], ['/open']).chain.authenticate(requestWith('x', '/open'))).toMatchObject({ name: 'anonymous' });
});

/** Knows one password of everybody, and remembers nothing. */
function guessed(password: string): Authenticator {
  const nameIn = (header: string | null) => (header ?? '').split(':')[0] ?? '';
  return {
    ...answering(password, async ({ headers }) => {
      const [name = '', given] = (headers.get('authorization') ?? '').split(':');
      return given === password ? { ...identity, name } : { refused: 'wrong', claimed: name };
    }),
    guessable: { claimed: ({ headers }) => nameIn(headers.get('authorization')), recall: () => undefined },
  };
}

test('who logs in by the second of two services is no guesser to the first', async () => {
  const { chain: asked } = chain([guessed('one'), guessed('two')]);
  for (let number = 0; number < 50; number += 1) {
    expect(await asked.authenticate(requestWith(`user${number}:two`))).toMatchObject({ name: `user${number}` });
    expect(await asked.authenticate(requestWith('again:two'))).toMatchObject({ name: 'again' });
  }
});

test('a guess counts once, however many services it is shown to', async () => {
  const { chain: asked } = chain([guessed('one'), guessed('two'), guessed('three')]);
  const codes = [];
  for (let number = 0; number < 7; number += 1) {
    codes.push(await asked.authenticate(requestWith(`alice:wrong${number}`)).catch(({ code }) => code));
  }
  expect(codes).toEqual([...Array(5).fill('credentials_refused'), 'too_many_attempts', 'too_many_attempts']);
});
