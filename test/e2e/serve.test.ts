import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CompiledServer, compiledExecutable } from '../support/compiled.ts';
import { mayMount, needsRoot } from '../support/root-only.ts';
import { makeSshKey } from '../support/ssh-key.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { until } from '../support/until.ts';
import { run } from './support.ts';

const cluster = '/api/v0/cluster/web';

test('init, serve, and a request with the password that init showed', async () => {
  using directory = temporaryDirectory();
  const dataDir = join(directory.path, 'data');
  const { code, stdout, stderr } = run([compiledExecutable(), 'init', '--data-dir', dataDir]);
  expect([code, stderr]).toEqual([0, '']);
  const password = /^password: (\S+)$/m.exec(stdout)?.[1] ?? '';
  expect(stdout).toContain(`commissaire serve --data-dir ${dataDir}`);
  await using server = await CompiledServer.start({ dataDir, args: ['--listen-port', '0'] });
  expect((await server.request('/api/v0/hosts', { password })).status).toBe(200);
  expect((await server.request('/api/v0/hosts', { password: `${password}x` })).status).toBe(403);
  expect(server.url).toMatch(/^https:/);
  expect((await fetch(`${server.url}/api/v0/hosts`, server.trust)).status).toBe(401);

  const commctl = (file: object, ...words: string[]) => {
    const path = join(directory.path, 'commctl.json');
    writeFileSync(path, JSON.stringify({ endpoint: server.url, username: 'admin', password, ...file }), {
      mode: 0o600,
    });
    return run([compiledExecutable(), 'ctl', '-c', path, 'cluster', 'list', ...words]);
  };
  const [, fingerprint = ''] = /^fingerprint: (\S+)$/m.exec(stdout) ?? [];
  const [, file = '{}'] = /^ {2}(\{.*\})$/m.exec(stdout) ?? [];
  const { endpoint: _, ...told } = JSON.parse(file);
  for (const trust of [told, { fingerprint }]) expect(commctl(trust)).toMatchObject({ code: 0, stderr: '' });
  const wrong = fingerprint.replace(/^../, (digits) => (digits === '00' ? '11' : '00'));
  expect(commctl({ fingerprint: wrong }).stderr).toContain('its certificate has another fingerprint');
  expect(commctl({}).stderr).toMatch(
    /an authority this machine does not know: .*\nhint: .*--fingerprint ([0-9A-F]{2}:){31}/,
  );

  const inSession = (...words: string[]) =>
    run([compiledExecutable(), 'ctl', '-c', join(directory.path, 'commctl.json'), ...words, '-o', 'json'], {
      env: { XDG_STATE_HOME: directory.path },
    });
  commctl(told);
  for (const words of [['login'], ['login'], ['logout']]) expect(inSession(...words)).toMatchObject({ code: 0 });
  const sessions: { revoked_at: string }[] = JSON.parse(inSession('token', 'list').stdout);
  expect(sessions.map(({ revoked_at }) => revoked_at !== '')).toEqual([true, true]);
});

test('the certificates it makes: a new one after SIGUSR1, and clients that have to show one', async () => {
  using directory = temporaryDirectory();
  const dataDir = join(directory.path, 'data');
  const here = { cwd: directory.path };
  const commissaire = (...words: string[]) => run([compiledExecutable(), ...words, '--data-dir', dataDir], here);
  const init = commissaire('init');
  const password = /^password: (\S+)$/m.exec(init.stdout)?.[1] ?? '';
  expect(commissaire('certificate', 'client', 'alice').code).toBe(0);
  const args = ['--listen-port', '0', '--tls-clientverifyfile', join(dataDir, 'ca.pem')];
  await using server = await CompiledServer.start({ dataDir, args });
  const member = { endpoint: server.url, username: 'admin', password };
  const commctl = (more: object) => {
    const path = join(directory.path, 'commctl.json');
    writeFileSync(path, JSON.stringify({ ...member, ...more }), { mode: 0o600 });
    return run([compiledExecutable(), 'ctl', '-c', path, 'cluster', 'list']);
  };
  const client_certificate = join(directory.path, 'alice.pem');
  const certificate_authority = join(dataDir, 'ca.pem');
  expect(commctl({ certificate_authority, client_certificate })).toMatchObject({ code: 0, stderr: '' });
  const without = commctl({ certificate_authority });
  expect([without.code, without.stderr]).toEqual([5, expect.stringContaining('it may want a client certificate')]);

  const renewed = commissaire('certificate', 'renew', '--name', 'jump.example.com');
  const fingerprint = /^fingerprint: (\S+)$/m.exec(renewed.stdout)?.[1] ?? '';
  expect(commctl({ fingerprint, client_certificate }).stderr).toContain('another fingerprint');
  process.kill(server.pid, 'SIGUSR1');
  await server.logged(({ msg }) => msg === 'reloaded the configuration');
  expect(commctl({ fingerprint, client_certificate })).toMatchObject({ code: 0, stderr: '' });
});

test('local root needs no password over the Unix socket, also after a crash', async () => {
  using directory = temporaryDirectory();
  const dataDir = join(directory.path, 'data');
  const socket = join(dataDir, 'commissaire.sock');
  const env = { COMMISSAIRE_DATA_DIR: dataDir, HOME: directory.path };
  for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
    await using server = await CompiledServer.start({ dataDir });
    expect(server.log.find(({ msg }) => msg === 'listening')).toMatchObject({ socket });
    expect(run([compiledExecutable(), 'ctl', 'cluster', 'create', signal], { env })).toMatchObject({ code: 0 });
    await server.kill(signal);
    expect(existsSync(socket)).toBe(signal === 'SIGKILL');
  }
  await using without = await CompiledServer.start({ dataDir, args: ['--unix-socket', 'none'] });
  expect(existsSync(socket)).toBe(false);
  expect((await without.request('/api/v0/clusters')).status).toBe(200);
});

test('without the Unix socket that it was told to open, it ends, and leaves its process id nowhere', async () => {
  using directory = temporaryDirectory();
  const dataDir = join(directory.path, 'data');
  const socket = join(directory.path, 'x'.repeat(107));
  await using server = CompiledServer.spawn({ dataDir, args: ['--unix-socket', socket] });
  expect(await server.exited).toEqual({ code: 2, signal: null });
  expect(server.lines.at(-1)).toBe('hint: choose another --unix-socket, or none');
  expect(existsSync(join(dataDir, 'server.pid'))).toBe(false);
});

test('a second server on the data directory is refused and told which process has it', async () => {
  using directory = temporaryDirectory();
  const dataDir = join(directory.path, 'data');
  await using first = await CompiledServer.start({ dataDir });
  await using second = CompiledServer.spawn({ dataDir });
  expect(await second.exited).toEqual({ code: 1, signal: null });
  expect(second.lines).toEqual([
    `commissaire: the data directory ${dataDir} is in use by the server with process id ${first.pid}`,
    'hint: stop that server first, or give this one another --data-dir',
  ]);
  expect((await first.request('/api/v0/hosts')).status).toBe(200);
});

test('SIGTERM ends it with 0 and lets go of the data directory, which the next one takes up', async () => {
  using directory = temporaryDirectory();
  const dataDir = join(directory.path, 'data');
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    await using server = await CompiledServer.start({ dataDir });
    expect((await server.request(cluster, { method: 'PUT', body: {} })).status).toBe(201);
    expect(await server.kill(signal)).toEqual({ code: 0, signal: null });
    expect(server.log.at(-1)).toMatchObject({ msg: 'stopping', signal });
  }
  await using last = await CompiledServer.start({ dataDir });
  expect((await last.request(cluster)).status).toBe(200);
});

test('SIGTERM in the moment it begins to listen ends it with 0 too', async () => {
  using directory = temporaryDirectory();
  const dataDir = join(directory.path, 'data');
  for (let round = 0; round < 5; round += 1) {
    await using server = CompiledServer.spawn({ dataDir });
    // Sent from the line itself, without waiting for a turn of the event loop.
    const ended = server.logged(({ msg }) => msg === 'listening').then(() => server.kill('SIGTERM'));
    expect(await ended).toEqual({ code: 0, signal: null });
  }
});

test('SIGUSR1 does not end it, not even in the moment it begins to listen, and lets new users in', async () => {
  using directory = temporaryDirectory();
  const dataDir = join(directory.path, 'data');
  await using server = CompiledServer.spawn({ dataDir });
  // Sent from the line itself, before all of the server has begun.
  await server.logged(({ msg }) => msg === 'listening').then(() => process.kill(server.pid, 'SIGUSR1'));
  await server.listening();
  const hash = Bun.password.hashSync('another', { algorithm: 'bcrypt', cost: 4 });
  writeFileSync(join(dataDir, 'users.json'), JSON.stringify({ admin: { hash } }));
  process.kill(server.pid, 'SIGUSR1');
  await until(async () => (await server.request('/api/v0/hosts', { password: 'another' })).status === 200);
  expect((await server.request('/api/v0/hosts')).status).toBe(403);
});

test('a request that is never finished does not keep it from ending', async () => {
  using directory = temporaryDirectory();
  await using server = await CompiledServer.start({ dataDir: join(directory.path, 'data') });
  const opened = Promise.withResolvers<void>();
  const connection = await Bun.connect({
    hostname: '127.0.0.1',
    port: Number(new URL(server.url).port),
    socket: {
      open(socket) {
        socket.write(`PUT ${cluster} HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n{`);
        opened.resolve();
      },
      data() {},
    },
  });
  await opened.promise;
  expect((await server.request('/api/v0/hosts')).status).toBe(200);
  expect(await server.kill('SIGTERM')).toEqual({ code: 0, signal: null });
  connection.end();
});

test('after kill -9 it starts again with all that was acknowledged', async () => {
  using directory = temporaryDirectory();
  const dataDir = join(directory.path, 'data');
  const names: string[] = [];
  for (let round = 0; round < 5; round += 1) {
    await using server = await CompiledServer.start({ dataDir });
    const more = Array.from({ length: 10 }, (_, index) => `c${round}-${index}`);
    for (const name of more) {
      const { status } = await server.request(`/api/v0/cluster/${name}`, { method: 'PUT', body: {} });
      expect(status).toBe(201);
      names.push(name);
    }
    expect(await server.kill('SIGKILL')).toEqual({ code: null, signal: 'SIGKILL' });
  }
  await using last = await CompiledServer.start({ dataDir });
  expect(await (await last.request('/api/v0/clusters')).json()).toEqual(names);
});

test('a master key that others may read is refused with the command that mends it', async () => {
  using directory = temporaryDirectory();
  const dataDir = join(directory.path, 'data');
  {
    await using server = await CompiledServer.start({ dataDir });
    await server.kill('SIGTERM');
  }
  const key = join(dataDir, 'master.key');
  chmodSync(key, 0o640);
  await using refused = CompiledServer.spawn({ dataDir });
  expect(await refused.exited).toEqual({ code: 1, signal: null });
  expect(refused.lines).toEqual([
    `commissaire: others may read the master key ${key} (mode 640)`,
    `hint: run: chmod 600 ${key}`,
  ]);
  chmodSync(key, 0o600);
  await using mended = await CompiledServer.start({ dataDir });
  expect((await mended.request('/api/v0/hosts')).status).toBe(200);
});

/** Four configurations that are told apart by the address they listen on. */
function configurations(directory: string) {
  const write = (path: string, address: string) => {
    mkdirSync(join(path, '..'), { recursive: true });
    const dataDir = join(directory, 'data');
    writeFileSync(path, JSON.stringify({ 'listen-interface': address, 'listen-port': 0, 'data-dir': dataDir }));
    return path;
  };
  return {
    named: write(join(directory, 'named.conf'), '127.0.0.2'),
    ofEnvironment: write(join(directory, 'environment.conf'), '127.0.0.3'),
    dataDir: join(write(join(directory, 'data', 'commissaire.conf'), '127.0.0.4'), '..'),
    system: write(join(directory, 'system.conf'), '127.0.0.5'),
  };
}

interface Found {
  what: string;
  words: (files: ReturnType<typeof configurations>) => string[];
  env?: (files: ReturnType<typeof configurations>) => Record<string, string>;
  hostname: string;
}

const environment: Found['env'] = ({ ofEnvironment }) => ({ COMMISSAIRE_CONFIG: ofEnvironment });
const places: Found[] = [
  {
    what: '-c wins over all others',
    words: ({ named, dataDir }) => ['-c', named, '--data-dir', dataDir],
    env: environment,
    hostname: '127.0.0.2',
  },
  {
    what: 'then comes $COMMISSAIRE_CONFIG',
    words: ({ dataDir }) => ['--data-dir', dataDir],
    env: environment,
    hostname: '127.0.0.3',
  },
  {
    what: 'then the data directory that was named',
    words: ({ dataDir }) => ['--data-dir', dataDir],
    hostname: '127.0.0.4',
  },
  {
    what: 'however it was named',
    words: () => [],
    env: ({ dataDir }) => ({ COMMISSAIRE_DATA_DIR: dataDir }),
    hostname: '127.0.0.4',
  },
  { what: 'and last /etc/commissaire', words: () => [], hostname: '127.0.0.5' },
];

/** In a mount namespace of its own /etc holds nothing but the configuration. */
const withSystemFile = (file: string) => [
  '/usr/bin/unshare',
  '--mount',
  '--',
  '/bin/sh',
  '-c',
  `cat "$1" >"$1.copy" && mount -t tmpfs tmpfs /etc && mkdir /etc/commissaire &&
   cp "$1.copy" /etc/commissaire/commissaire.conf && shift && exec "$@"`,
  'sh',
  file,
];

test.skipIf(!mayMount).each(places)(`the configuration is found in its order: $what${needsRoot}`, async (place) => {
  using directory = temporaryDirectory();
  const files = configurations(directory.path);
  const words = [...withSystemFile(files.system), compiledExecutable(), 'serve', ...place.words(files)];
  // Without /etc/passwd nobody has a home but by this variable.
  const env = { PATH: '/usr/bin:/bin:/usr/sbin:/sbin', HOME: directory.path, ...place.env?.(files) };
  await using server = await CompiledServer.launch(words, { cwd: directory.path, env }).listening();
  expect(new URL(server.url).hostname).toBe(place.hostname);
});

test('a configuration that is named and not there is refused', () => {
  using directory = temporaryDirectory();
  const path = join(directory.path, 'none.conf');
  const { code, stderr } = run([compiledExecutable(), 'serve', '-c', path]);
  expect(code).toBe(2);
  expect(stderr).toContain(`there is no configuration file ${path}`);
});

test('no password and no private key is ever in the log, or in clear in the data directory', async () => {
  using directory = temporaryDirectory();
  const dataDir = join(directory.path, 'data');
  await using server = await CompiledServer.start({ dataDir, args: ['--log-level', 'trace'] });
  const { privateFile } = makeSshKey();
  const keyText = Buffer.from(privateFile, 'base64').toString();
  const marks = {
    'the administrator password': server.password,
    'the same as a header has it': btoa(`${server.username}:${server.password}`),
    'a wrong password': 'marked-wrong-password-5d1c',
    'a private key as it was sent': privateFile.slice(40, 80),
    'a private key as a file': keyText.split('\n')[2]?.slice(0, 40) ?? '',
    'something that is no key': 'marked-no-key-83ba',
  };
  await server.request('/api/v0/hosts', { password: marks['a wrong password'] });
  // Nobody listens there, so the bootstrap fails and says so.
  const host = '/api/v0/host/127.0.0.77';
  const body = { ssh_priv_key: privateFile, remote_user: 'root', port: 9 };
  expect((await server.request(host, { method: 'PUT', body })).status).toBe(201);
  const noKey = { ssh_priv_key: btoa(marks['something that is no key']) };
  const refused = await server.request('/api/v0/host/127.0.0.78', { method: 'PUT', body: noKey });
  expect(refused.status).toBe(400);
  const said: string[] = [await refused.text()];
  await until(async () => (await (await server.request(host)).text()).includes('"status":"failed"'));
  said.push(await (await server.request(host)).text(), await (await server.request('/api/v0/operations')).text());
  await server.request(`${host}/creds`, { method: 'PUT', body: noKey });
  await server.request(`${host}/creds`, { method: 'PUT', body });
  // Not an object, and not even JSON: the answers and the log must not repeat it.
  for (const bad of [[privateFile], privateFile]) {
    said.push(await (await server.request(host, { method: 'PUT', body: bad })).text());
  }
  // What an administrator asks for by name is shown to them.
  expect(await (await server.request(`${host}/creds`)).json()).toMatchObject({ ssh_priv_key: privateFile });
  expect(await server.kill('SIGTERM')).toEqual({ code: 0, signal: null });
  expect(server.log.filter(({ msg }) => msg === 'request').length).toBeGreaterThan(5);
  const stored = readdirSync(join(dataDir, 'store')).map((name) =>
    readFileSync(join(dataDir, 'store', name), 'latin1'),
  );
  for (const [what, mark] of Object.entries(marks)) {
    expect(mark.length).toBeGreaterThan(10);
    expect(
      server.lines.filter((line) => line.includes(mark)),
      `${what} is in the log`,
    ).toEqual([]);
    expect(
      said.filter((text) => text.includes(mark)),
      `${what} is in an answer`,
    ).toEqual([]);
    expect(stored.filter((text) => text.includes(mark)).length, `${what} is in the store`).toBe(0);
  }
});
