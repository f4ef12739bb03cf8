import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { expect, test } from 'vitest';
import { bcryptHash } from '../auth/support.ts';
import { type Authority, makeAuthority } from '../support/certificates.ts';
import { CompiledServer } from '../support/compiled.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { until } from '../support/until.ts';

const main = join(import.meta.dirname, '../../src/main.ts');
const reloaded = 'reloaded the configuration';
const refused = 'the configuration was not reloaded: what counted before still counts';

/** The server as a process, with a configuration that a test can write anew. */
async function serve(options: Record<string, unknown> = {}, args: string[] = []) {
  const directory = temporaryDirectory();
  const file = (name: string, text: string) => writeFileSync(join(directory.path, name), text, { mode: 0o600 });
  const configure = (members: Record<string, unknown>) => {
    const plugins = [{ name: 'httpbasicauth', filepath: join(directory.path, 'users.json') }];
    file('commissaire.conf', JSON.stringify({ 'listen-port': 0, 'authentication-plugins': plugins, ...members }));
  };
  const users = (passwords: Record<string, string>) => {
    const entries = Object.entries(passwords).map(([name, password]) => [name, { hash: bcryptHash(password) }]);
    file('users.json', JSON.stringify(Object.fromEntries(entries)));
  };
  mkdirSync(join(directory.path, 'data'));
  configure(options);
  users({ admin: 'first' });
  const words = ['-c', join(directory.path, 'commissaire.conf'), '--data-dir', join(directory.path, 'data')];
  const server = await CompiledServer.launch([process.execPath, main, 'serve', ...words, ...args], {
    cwd: directory.path,
  }).listening();
  return {
    server,
    path: (name: string) => join(directory.path, name),
    file,
    configure,
    users,
    status: async (password: string, user = 'admin') => {
      const headers = { authorization: `Basic ${btoa(`${user}:${password}`)}` };
      return (await fetch(`${server.url}/api/v0/hosts`, { headers })).status;
    },
    /** Resolves with the line that says how it went. */
    async reload(msg: string) {
      const said = () => server.log.filter((line) => line.msg === reloaded || line.msg === refused);
      const before = said().length;
      process.kill(server.pid, 'SIGUSR1');
      await until(() => said().length > before);
      const line = said().at(-1);
      expect(line?.msg).toBe(msg);
      return line;
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      directory[Symbol.dispose]();
    },
  };
}

// A file of users is also looked at by itself, a second later: what counts before the signal is not said here.
test('users come, go and change their passwords on SIGUSR1, at once', async () => {
  await using site = await serve();
  expect(await site.status('first')).toBe(200);
  site.users({ admin: 'second', bob: 'b' });
  await site.reload(reloaded);
  // Cached logins are discarded.
  expect([await site.status('first'), await site.status('second')]).toEqual([403, 200]);
  expect(await site.status('b', 'bob')).toBe(200);
  site.users({ admin: 'second' });
  await site.reload(reloaded);
  expect(await site.status('b', 'bob')).toBe(403);
  site.file('users.json', '{');
  await site.reload(refused);
  const headers = { authorization: `Basic ${btoa('admin:second')}` };
  const audited = await fetch(`${site.server.url}/api/v0/audit?action=reload&result=In(done,failed)`, { headers });
  const entries = (await audited.json()) as { method: string; result: string; code?: string }[];
  expect(entries.map(({ method, result, code }) => [method, result, code])).toEqual([
    ['signal', 'failed', 'invalid_configuration'],
    ['signal', 'done', undefined],
    ['signal', 'done', undefined],
  ]);
});

test('paths that need no credentials change too', async () => {
  await using site = await serve();
  const challenged = async () => (await fetch(`${site.server.url}/api/v0/hosts`)).status;
  expect(await challenged()).toBe(401);
  site.configure({ 'self-auths': ['/api/v0/hosts'] });
  await site.reload(reloaded);
  expect(await challenged()).toBe(403);
});

const broken: Array<[string, (site: Awaited<ReturnType<typeof serve>>) => void, RegExp[]]> = [
  [
    'a configuration that is not sound, with all its faults',
    ({ configure }) => configure({ 'listen-prot': 1, 'log-level': 'loud' }),
    [/"listen-prot" is not an option of this file; did you mean "listen-port"/, /"loud" is not one of the choices/],
  ],
  ['a file cut short', ({ file }) => file('commissaire.conf', '{"listen-port": '), [/commissaire.conf:1:\d+: /]],
  ['a users file that is not JSON', ({ file }) => file('users.json', '{"admin": '), [/users.json:1:\d+/]],
  ['an unknown plugin', ({ configure }) => configure({ 'authentication-plugins': [{ name: 'x' }] }), [/no .* "x"/]],
];

test.each(broken)('%s changes nothing, and the log says why', async (_, breakIt, expected) => {
  await using site = await serve();
  breakIt(site);
  expect((await site.reload(refused))?.faults).toEqual(expected.map((fault) => expect.stringMatching(fault)));
  expect(await site.status('first')).toBe(200);
  site.configure({});
  site.users({ admin: 'third' });
  await site.reload(reloaded);
  expect(await site.status('third')).toBe(200);
});

test('the log level changes, and a flag still wins over the file', async () => {
  await using site = await serve({ 'log-level': 'info' });
  const lines = () => site.server.log.filter(({ msg, level }) => msg === 'request' && level === 'debug').length;
  await site.status('first');
  expect(lines()).toBe(0);
  site.configure({ debug: true });
  expect(await site.reload(reloaded)).toMatchObject({ logLevel: 'debug' });
  await site.status('first');
  // It is on its way through a pipe.
  await until(() => lines() === 1);
  site.configure({});
  expect(await site.reload(reloaded)).toMatchObject({ logLevel: 'info' });
  await site.status('first');
  expect(lines()).toBe(1);

  await using flagged = await serve({}, ['--log-level', 'info']);
  flagged.configure({ 'log-level': 'trace' });
  expect(await flagged.reload(reloaded)).toMatchObject({ logLevel: 'info' });
});

test('what a reload does not touch is named', async () => {
  await using site = await serve();
  site.configure({ 'log-limit': '1GiB', 'tls-pemfile': '/nonexistent.pem', 'self-auths': ['/x'] });
  await site.reload(reloaded);
  const told = site.server.log.find(({ msg }) => msg.startsWith('these options changed'));
  expect(told?.options).toEqual(['tls-pemfile', 'log-limit']);
  expect(await site.status('first')).toBe(200);
});

test('a configuration from standard input keeps its text; the files it names are read again', async () => {
  using directory = temporaryDirectory();
  const users = join(directory.path, 'users.json');
  const put = (password: string) => writeFileSync(users, JSON.stringify({ admin: { hash: bcryptHash(password) } }));
  put('first');
  const members = {
    'listen-port': 0,
    'data-dir': join(directory.path, 'data'),
    'authentication-plugins': [{ name: 'httpbasicauth', filepath: users }],
  };
  const words = ['/bin/bash', '-c', `exec < <(printf %s "$1"); exec "$2" "$3" serve -c -`];
  await using server = await CompiledServer.launch([...words, 'sh', JSON.stringify(members), process.execPath, main], {
    cwd: directory.path,
    env: { PATH: process.env.PATH ?? '' },
  }).listening();
  put('second');
  process.kill(server.pid, 'SIGUSR1');
  await server.logged(({ msg }) => msg === reloaded);
  const authorization = `Basic ${btoa('admin:second')}`;
  expect((await fetch(`${server.url}/api/v0/hosts`, { headers: { authorization } })).status).toBe(200);
});

/** The serial number of the certificate that the server shows on a new connection. */
function shown(url: string, authority: Authority): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connectTls({ host: '127.0.0.1', port: Number(new URL(url).port), ca: authority.certificate }, () => {
      resolve(socket.getPeerCertificate().serialNumber);
      socket.end();
    });
    socket.once('error', reject);
  });
}

test('the certificate changes for new connections, and a bad one leaves the old one', async () => {
  const authority = await makeAuthority('tests');
  const [one, two] = await Promise.all([1, 2].map(() => authority.issue({ address: '127.0.0.1' })));
  const pem = (issued: typeof one) => `${issued?.key}\n${issued?.certificate}`;
  using place = temporaryDirectory();
  const pemfile = join(place.path, 'server.pem');
  writeFileSync(pemfile, pem(one));
  await using site = await serve({ 'tls-pemfile': pemfile });
  const { url } = site.server;
  expect(url).toMatch(/^https:/);
  const first = await shown(url, authority);

  const following = await fetch(`${url}/api/v0/events`, {
    headers: { authorization: `Basic ${btoa('admin:first')}` },
    tls: { ca: authority.certificate },
  });
  const reader = following.body?.getReader();
  await reader?.read();

  writeFileSync(pemfile, pem(two));
  await site.reload(reloaded);
  const second = await shown(url, authority);
  expect(second).not.toBe(first);

  for (const bad of ['nonsense', `${one?.key}\n${two?.certificate}`]) {
    writeFileSync(pemfile, bad);
    site.users({ admin: 'second' });
    expect(await site.reload(refused)).toMatchObject({ faults: [expect.stringContaining(pemfile)] });
    expect(await shown(url, authority)).toBe(second);
    const tls = { ca: authority.certificate };
    const headers = { authorization: `Basic ${btoa('admin:second')}` };
    expect((await fetch(`${url}/api/v0/hosts`, { headers, tls })).status).toBe(403);
  }

  // Whoever was connected by the first certificate still is, until the server ends.
  process.kill(site.server.pid, 'SIGTERM');
  const rest = await reader?.read();
  expect(new TextDecoder().decode(rest?.value)).toContain('event: cut_off');
  expect(await site.server.exited).toEqual({ code: 0, signal: null });
});

test('a second server on the port of one with TLS is refused', async () => {
  const authority = await makeAuthority('tests');
  const issued = await authority.issue({ address: '127.0.0.1' });
  using place = temporaryDirectory();
  const pemfile = join(place.path, 'server.pem');
  writeFileSync(pemfile, `${issued.key}\n${issued.certificate}`);
  await using site = await serve({ 'tls-pemfile': pemfile });
  const { port } = new URL(site.server.url);
  const words = ['--no-config-file', '--data-dir', join(place.path, 'data'), '-p', port, '--tls-pemfile', pemfile];
  await using second = CompiledServer.launch([process.execPath, main, 'serve', ...words], { cwd: place.path });
  expect(await second.exited).toEqual({ code: 2, signal: null });
  expect(second.lines.join('\n')).toContain(`cannot listen on 127.0.0.1 port ${port}`);
});
