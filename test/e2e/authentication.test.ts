import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CompiledServer, compiledExecutable } from '../support/compiled.ts';
import { client, startOpenIdProvider } from '../support/openid-provider.ts';
import { makeOpensslAuthority } from '../support/openssl.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { until } from '../support/until.ts';
import { run } from './support.ts';

/** The compiled server with this configuration. */
async function serve(directory: string, configuration: object) {
  const file = join(directory, 'commissaire.conf');
  const members = { 'data-dir': join(directory, 'data'), 'listen-port': 0, ...configuration };
  writeFileSync(file, JSON.stringify(members), { mode: 0o600 });
  const server = CompiledServer.launch([compiledExecutable(), 'serve', '-c', file], { cwd: directory });
  return server.listening();
}

/** Status and body that curl gets; 0 when there is no answer. */
function curl(url: string, ...args: string[]): { status: number; body: string } {
  const words = ['-s', '--max-time', '10', '-w', '\n%{http_code}', ...args, url];
  try {
    const [, body = '', status] = /^([\s\S]*)\n(\d+)$/.exec(execFileSync('curl', words, { encoding: 'utf8' })) ?? [];
    return { status: Number(status), body };
  } catch {
    return { status: 0, body: '' };
  }
}

test('certificates made with openssl let in over TLS, until their authority revokes them', async () => {
  using directory = temporaryDirectory();
  const authority = makeOpensslAuthority(directory.path);
  const own = authority.issue('server', 'subjectAltName=IP:127.0.0.1');
  const clients = { ops: authority.issue('ops'), guest: authority.issue('guest', 'subjectAltName=DNS:guest.example') };
  const pem = join(directory.path, 'server.pem');
  writeFileSync(pem, readFileSync(own.certificate, 'utf8') + readFileSync(own.key, 'utf8'), { mode: 0o600 });
  const crl = authority.writeList();
  await using server = await serve(directory.path, {
    'tls-pemfile': pem,
    'tls-clientverifyfile': authority.certificate,
    'authentication-plugins': [
      { name: 'commissaire_http.authentication.httpauthclientcert', cn: 'ops', crl },
      { name: 'httpauthclientcert', san: ['DNS:guest.example'], crl },
    ],
    'role-bindings': [
      { role: 'admin', subjects: ['certificate:ops'] },
      { role: 'viewer', subjects: ['certificate:guest'] },
    ],
    'default-role': 'none',
  });
  const as = (name: keyof typeof clients | undefined, method = 'GET') => {
    const shown = name === undefined ? [] : ['--cert', clients[name].certificate, '--key', clients[name].key];
    return curl(`${server.url}/api/v0/cluster/web`, '-X', method, '--cacert', authority.certificate, ...shown).status;
  };
  expect(as('guest', 'PUT')).toBe(403);
  expect(as('ops', 'PUT')).toBe(201);
  expect(as('guest')).toBe(200);
  expect(as(undefined)).toBe(0);
  authority.revoke('ops');
  authority.writeList();
  await until(() => as('ops') === 403);
  expect(as('guest')).toBe(200);
});

test('a plugin of the manual runs in the compiled server, and in its check of a configuration', async () => {
  using directory = temporaryDirectory();
  const manual = readFileSync(new URL('../../docs/plugins.md', import.meta.url), 'utf8');
  const [, code = ''] = /```ts\n\/\/ teapot.ts\n([\s\S]*?)```/.exec(manual) ?? [];
  const teapot = join(directory.path, 'teapot.ts');
  writeFileSync(teapot, code);
  const configuration = { 'authentication-plugins': [{ name: teapot }] };
  await using server = await serve(directory.path, configuration);
  expect(curl(`${server.url}/api/v0/hosts`)).toEqual({ status: 418, body: 'Whiiiiieee' });
  // What is public needs no plugin.
  expect(curl(`${server.url}/livez`).status).toBe(200);
  writeFileSync(teapot, code.replace('418', '420'));
  process.kill(server.pid, 'SIGUSR1');
  await until(() => curl(`${server.url}/api/v0/hosts`).status === 420);
  writeFileSync(teapot, 'export default 1;');
  const checked = run([compiledExecutable(), 'config', 'check', join(directory.path, 'commissaire.conf')]);
  expect(checked).toMatchObject({ code: 1, stdout: expect.stringContaining('its default export is not a function') });
});

test('somebody who logs in at an OpenID provider may do what is bound to their groups', async () => {
  using directory = temporaryDirectory();
  await using provider = await startOpenIdProvider('ES256');
  const ca = join(directory.path, 'ca.crt');
  writeFileSync(ca, provider.authority);
  const options = { issuer: provider.issuer, audience: [client.id, 'commissaire'], ca };
  await using server = await serve(directory.path, {
    'authentication-plugins': [{ name: 'jwt', ...options }],
    'role-bindings': [{ role: 'viewer', subjects: ['group:oidc:ops'] }],
  });
  const { idToken } = await provider.login();
  const as = async (token: string, method: string, path: string) => {
    const headers = { authorization: `Bearer ${token}` };
    return (await fetch(`${server.url}${path}`, { method, headers, keepalive: false })).status;
  };
  expect(await as(idToken, 'GET', '/api/v0/hosts')).toBe(200);
  expect(await as(idToken, 'PUT', '/api/v0/cluster/web')).toBe(403);
  // Known, but nobody has bound a role to it.
  expect(await as(await provider.clientToken(), 'GET', '/api/v0/hosts')).toBe(403);
  expect(await as(`${idToken.slice(0, -4)}AAAA`, 'GET', '/api/v0/hosts')).toBe(403);
});
