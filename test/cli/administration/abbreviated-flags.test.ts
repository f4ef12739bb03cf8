import { expect, test } from 'vitest';
import { writtenOut } from '../../../src/cli/administration/abbreviated-flags.ts';

test.each([
  ['--no-config', '--no-config-file'],
  ['--authentication-plug=x:a=--b', '--authentication-plugin=x:a=--b'],
  ['--debug', '--debug'],
  // Of two flags, or of none.
  ['--listen', '--listen'],
  ['--nonsense', '--nonsense'],
  ['--', '--'],
  ['-c', '-c'],
  ['no-config', 'no-config'],
])('%s is %s', (given, meant) => {
  expect(writtenOut([given])).toEqual([meant]);
});

test("the manual's command line without a file is understood", () => {
  const line = [
    '--no-config',
    '--bus-uri',
    'redis://127.0.0.1:6379/',
    '--bus-exchange',
    'commissaire',
    '--tls-pemfile',
    '/path/to/server.pem',
    '--authentication-plugin',
    'commissaire_http.authentication.httpbasicauth:filepath=conf/users.json',
    '--self-auth',
    '/api/v0/secrets',
  ];
  expect(writtenOut(line)).toEqual(['--no-config-file', ...line.slice(1)]);
});
