import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { buildAuthentication } from '../../src/auth/build.ts';
import { Attempts } from '../../src/auth/throttle/attempts.ts';
import { loadServerConfiguration } from '../../src/config/load.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { argonHash, basic, bcryptHash, randomBytes, recordingLogger, requestWith, standingClock } from './support.ts';

/** The chain a configuration file makes, by the way the server goes. */
async function build(file: object) {
  const configuration = loadServerConfiguration({
    flags: { 'config-file': '-' },
    environment: {},
    readStandardInput: () => JSON.stringify(file),
  });
  const logger = recordingLogger();
  return {
    logger,
    chain: await buildAuthentication(configuration, {
      clock: standingClock(),
      logger,
      randomBytes,
      attempts: new Attempts(standingClock()),
    }),
  };
}

function withPlugin(options: object) {
  return build({ 'authentication-plugins': [{ name: 'httpbasicauth', ...options }] });
}

test('users of the configuration and of the file log in; the file wins', async () => {
  using directory = temporaryDirectory();
  const filepath = join(directory.path, 'users.json');
  writeFileSync(filepath, JSON.stringify({ both: { hash: bcryptHash('file') }, file: { hash: argonHash('f') } }));
  const { chain } = await withPlugin({
    filepath,
    users: { both: { hash: bcryptHash('inline') }, 'in-line_user': { hash: bcryptHash('i') } },
  });
  const login = (user: string, password: string) => chain.authenticate(requestWith(basic(user, password)));
  expect(await login('both', 'file')).toMatchObject({ name: 'both', subjects: ['user:both'] });
  expect(await login('file', 'f')).toMatchObject({ name: 'file' });
  expect(await login('in-line_user', 'i')).toMatchObject({ name: 'in-line_user' });
  await expect(login('both', 'inline')).rejects.toMatchObject({ code: 'credentials_refused' });
});

test('a caller cannot tell a wrong password from an unknown user, and neither reaches the log', async () => {
  const { chain, logger } = await withPlugin({ users: { alice: { hash: bcryptHash('a') } } });
  const answer = (user: string) =>
    chain
      .authenticate(requestWith(basic(user, 'marked-7f3a')))
      // The claims are for the audit trail.
      .catch(({ message, claims: _, ...error }) => ({ ...error, message }));
  expect(await answer('alice')).toEqual(await answer('marked-user'));
  expect(logger.lines).toHaveLength(2);
  expect(logger.lines.join()).not.toMatch(/marked|\$2b\$|Basic/);
});

test.each([
  ['no hash', { alice: {} }],
  ['an empty hash', { alice: { hash: '' } }],
  ['a hash nobody can read', { alice: { hash: 'md5:1234' } }],
  ['a hash cut short', { alice: { hash: bcryptHash('a').slice(0, -1) } }],
  ['no object', { alice: 'x' }],
])('a user with %s cannot log in, which is logged', async (_, users) => {
  const { chain, logger } = await withPlugin({ users: { ...users, bob: { hash: bcryptHash('b') } } });
  await expect(chain.authenticate(requestWith(basic('alice', 'x')))).rejects.toMatchObject({ status: 403 });
  expect(await chain.authenticate(requestWith(basic('bob', 'b')))).toMatchObject({ name: 'bob' });
  expect(logger.lines[0]).toMatch(/^warn standard input:1:\d+: the user "alice" has no (usable )?hash/);
  expect(logger.lines[0]).not.toContain('md5');
});

test.each([{}, { users: {} }, { users: null }])(
  'the plugin options %j start, refuse everybody, and say so',
  async (options) => {
    const { chain, logger } = await withPlugin(options);
    await expect(chain.authenticate(requestWith(basic('a', 'a')))).rejects.toMatchObject({ status: 403 });
    await expect(chain.authenticate(requestWith(undefined))).rejects.toMatchObject({ status: 401 });
    expect(logger.lines[0]).toContain('there is no user who could log in');
  },
);

test('without plugins every request is refused, and the log says why', async () => {
  const { chain, logger } = await build({});
  await expect(chain.authenticate(requestWith(basic('a', 'a')))).rejects.toMatchObject({ status: 403 });
  expect(logger.lines).toEqual(['warn no authentication-plugins are configured: every request is refused {}']);
});

test.each([
  ['an unknown plugin', { name: 'kerberos' }, 'there is no authentication plugin "kerberos"', 'httpbasicauth'],
  ['an unknown option', { filpath: '/x' }, 'httpbasicauth has no option "filpath"', 'did you mean "filepath"?'],
  ['users that are no object', { users: [] }, 'users is a list', 'write'],
  ['a path that is no string', { filepath: 1 }, 'a number is not what belongs here', ''],
])('%s stops the server with the place and the fix', async (_, options, message, hint) => {
  await expect(withPlugin(options)).rejects.toThrow(
    expect.objectContaining({
      code: 'invalid_configuration',
      message: expect.stringMatching(new RegExp(`^standard input:1:\\d+: .*${message}`)),
      hint: expect.stringContaining(hint),
    }),
  );
});

test.each([
  ['is not there', undefined, 'no such file'],
  ['is not JSON', '{"a": ', 'users.json:1:7'],
  ['is a list', '[]', 'must hold an object'],
  ['is plain text', 'these are no users', 'must hold an object'],
])('a users file that %s stops the server and is named', async (_, text, reason) => {
  using directory = temporaryDirectory();
  const filepath = join(directory.path, 'users.json');
  if (text !== undefined) writeFileSync(filepath, text);
  await expect(withPlugin({ filepath })).rejects.toThrow(`the users file ${filepath} cannot be used`);
  await expect(withPlugin({ filepath })).rejects.toThrow(reason);
});

test.each([
  ['Keystone by password and by token', 'https://a/v3/auth/tokens', {}, true],
  ['two servers', 'https://b/v3/auth/tokens', {}, false],
  ['two servers with prefixes of their own', 'https://b/v3/auth/tokens', { prefix: 'b' }, true],
  ['two domains of one server', 'https://a/v3/auth/tokens', { domain: 'Other' }, false],
])('no two people get the same name: %s', async (_, url, more, isFine) => {
  const built = build({
    'authentication-plugins': [
      { name: 'commissaire_http.authentication.keystonepasswordauth', url: 'https://a/v3/auth/tokens' },
      { name: 'keystonetokenauth', url, ...more },
    ],
  });
  if (isFine) await built;
  else await expect(built).rejects.toThrow('the prefix "keystone" is also that of keystonepasswordauth');
});
