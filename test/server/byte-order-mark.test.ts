import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadServerConfiguration } from '../../src/config/load.ts';
import { readSecret } from '../../src/hooks/webhook.ts';
import { certificateIn, privateKeyIn } from '../../src/lib/pem-file.ts';
import { readServerTls } from '../../src/server/certificate.ts';
import { makeAuthority } from '../support/certificates.ts';
import { startServer } from '../support/server.ts';
import { temporaryDirectory } from '../support/temporary.ts';

/** What editors of Windows put in front of UTF-8. */
const mark = '\ufeff';

test.each([
  ['JSON', '{"listen-port": 8080}'],
  ['YAML', 'listen-port: 8080\n'],
])('the configuration in %s may begin with a byte order mark, in a file and on standard input', (_, text) => {
  using directory = temporaryDirectory();
  const path = join(directory.path, 'commissaire.conf');
  writeFileSync(path, mark + text);
  const load = (file: string) =>
    loadServerConfiguration({ flags: { 'config-file': file }, environment: {}, readStandardInput: () => mark + text });
  expect(load(path).listenPort).toBe(8080);
  expect(load('-').listenPort).toBe(8080);
});

test('a fault in it is still found in its place', () => {
  const load = () =>
    loadServerConfiguration({
      flags: { 'config-file': '-' },
      environment: {},
      readStandardInput: () => `${mark}{"listen-prot": 1}`,
    });
  expect(load).toThrow('standard input:1:2: "listen-prot" is not an option');
});

test('certificates and keys may', async () => {
  using directory = temporaryDirectory();
  const authority = await makeAuthority('the site');
  const { certificate, key } = await authority.issue({ address: '127.0.0.1' });
  const put = (name: string, text: string) => {
    writeFileSync(join(directory.path, name), mark + text);
    return join(directory.path, name);
  };
  expect(await certificateIn(put('a.crt', certificate))).toBe(certificate);
  expect(await privateKeyIn(put('a.key', key))).toBe(key);
  const pem = `${certificate}\n${key}`;
  const tls = { tlsPemfile: put('server.pem', pem), tlsClientverifyfile: put('ca.pem', authority.certificate) };
  expect(readServerTls(tls)).toEqual({ pem, clientAuthorities: authority.certificate });
});

test('the secret of a hook may, which is then no part of it', () => {
  using directory = temporaryDirectory();
  const path = join(directory.path, 'secret');
  writeFileSync(path, `${mark}of the hook\r\n`, { mode: 0o600 });
  expect(Buffer.from(readSecret(path)).toString()).toBe('of the hook');
});

test.each([
  ['JSON', (hash: string) => JSON.stringify({ alice: { hash } })],
  ['htpasswd', (hash: string) => `alice:${hash}\n`],
])('the users file in %s may, and so may a plugin file', async (_, text) => {
  using directory = temporaryDirectory();
  const filepath = join(directory.path, 'users');
  const hash = Bun.password.hashSync('secret', { algorithm: 'bcrypt', cost: 4 });
  writeFileSync(filepath, mark + text(hash));
  const plugin = join(directory.path, 'plugin.js');
  const code = "export default () => ({ asksFor: 'nothing', authenticate: () => 'pass' });\n";
  writeFileSync(plugin, mark + code, { mode: 0o600 });
  const plugins = [{ name: plugin }, { name: 'httpbasicauth', filepath }];
  await using server = await startServer({ configuration: { 'authentication-plugins': plugins } });
  const authorization = `Basic ${Buffer.from('alice:secret').toString('base64')}`;
  expect((await server.request('GET', '/api/v0/hosts', undefined, { headers: { authorization } })).status).toBe(200);
});
