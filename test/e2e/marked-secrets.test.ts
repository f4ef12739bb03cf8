import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { routeRules } from '../../src/api/route-groups.ts';
import { CompiledServer, compiledExecutable } from '../support/compiled.ts';
import { silentPeer } from '../support/faulty-peer.ts';
import { withSshdFleet } from '../support/fleet.ts';
import { type IdentityService, startIdentityService } from '../support/identity-service.ts';
import { rawRequest } from '../support/raw-http.ts';
import { makeSshKey } from '../support/ssh-key.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { until } from '../support/until.ts';
import { Marks } from './marked-secrets/marks.ts';
import { installed } from './support.ts';

/**
 * Secrets of every kind are put everywhere they can be put, and everything that can go well or wrong with them does. None of
 * them may be seen afterwards in what the server and its tools say, nor in what they leave on the disk.
 */

const marks = new Marks();
const directory = temporaryDirectory();
const tools = installed();
const silent = await silentPeer();
const fleet = await withSshdFleet(1);
const [machine = { address: '', port: 0 }] = fleet.hosts;
const [dataDir, temporary, home] = ['data', 'temporary', 'home'].map((name) => join(directory.path, name));
const file = (name: string) => join(directory.path, name);
const environment = { TMPDIR: temporary ?? '', HOME: home ?? '', PATH: process.env.PATH ?? '' };
const statuses = new Set<number>();

/** Those that other services have to know are sent there, and come back in what these complain about. */
const hostile: IdentityService = await startIdentityService(async (request) => {
  const said = [...request.headers].map((header) => header.join(': ')).join('; ');
  const message = `you said ${request.url} ${said} ${await request.text()}`;
  return Response.json({ kind: 'Status', message, reason: message, code: 500 }, { status: 500, statusText: 'Odd' });
});

const secret = {
  password: marks.plant('password'),
  wrongPassword: marks.plant('wrong-password'),
  passphrase: marks.plant('passphrase'),
  pluginToken: marks.plant('plugin-token'),
  hookPath: marks.plant('hook-path'),
  hookSecret: marks.plant('hook-secret'),
  bus: marks.plant('bus-password'),
  // Whoever runs as the same user can see what a process was started with.
  variable: marks.plant('variable', /^process server environ$/),
};
const key = plantedKey('ssh-key');
const lockedKey = plantedKey('locked-ssh-key', marks.plant('key-passphrase'));

const fleetKey = watchedKey('fleet-key', readFileSync(fleet.key).toString('base64'));

function plantedKey(kind: string, passphrase?: string): string {
  return watchedKey(kind, makeSshKey(passphrase === undefined ? {} : { passphrase }).privateFile);
}

/** A private key: its file, which is text, and the number in it that is the key (PROTOCOL.key of OpenSSH). */
function watchedKey(kind: string, file: string): string {
  // Who may read credentials reads them by these.
  const shownBy = /, to who may read them$/;
  const lines = Buffer.from(file, 'base64').toString('latin1').trim().split('\n').slice(1, -1);
  // The half that is public is in the first two lines, and again at the end.
  const [, , , line = ''] = lines;
  marks.watch(kind, line, shownBy);
  const body = Buffer.from(lines.join(''), 'base64');
  if (!body.includes('aes')) marks.watch(`${kind}-number`, body.subarray(161, 193), shownBy);
  marks.watch(`${kind}-base64`, file.slice(320, 400), shownBy);
  return file;
}

function configuration(changed: object = {}): object {
  const { url, authority } = hostile;
  writeFileSync(file('hostile.crt'), authority);
  const ca = file('hostile.crt');
  return {
    'listen-port': 0,
    'data-dir': dataDir,
    'log-level': 'trace',
    'default-role': 'admin',
    'bus-uri': `redis://user:${secret.bus}@127.0.0.1:6379/`,
    'custodia-api-key': marks.plant('custodia-api-key'),
    'authentication-plugins': [
      { name: 'httpbasicauth', filepath: file('users.json') },
      { name: 'keystonepasswordauth', url: `${url}/v3/auth/tokens`, ca },
      { name: 'keystonetokenauth', url: `${url}/v3/auth/tokens`, ca },
      { name: 'openshiftbearertokenauth', openshift_endpoint: `${url}/users/~`, ca },
      { name: 'kubernetesauth', server_url: url, token: secret.pluginToken, ca },
    ],
    hooks: [
      { name: 'chat', filter: '*', url: `${url}/${secret.hookPath}`, secret_file: file('hook.secret'), retries: 0 },
      { name: 'broken', filter: 'host.*', command: ['/bin/sh', '-c', 'env > "$TMPDIR/of-a-hook"; exit 1'], retries: 0 },
    ],
    ...changed,
  };
}

const write = (name: string, content: string | object) => {
  const text = typeof content === 'string' ? content : JSON.stringify(content);
  writeFileSync(file(name), text, { mode: 0o600 });
  return file(name);
};

let server: CompiledServer;

async function serve(...flags: string[]): Promise<void> {
  const command = [compiledExecutable(), 'serve', '-c', file('commissaire.conf'), ...flags];
  server = await CompiledServer.launch(command, {
    cwd: directory.path,
    env: { ...environment, COMMISSAIRE_BUS_EXCHANGE: secret.variable },
  }).listening();
  seeProcess('server', server.pid);
}

async function end(signal: NodeJS.Signals): Promise<void> {
  await server.kill(signal);
  marks.see(`log of the server that ended with ${signal}`, server.lines.join('\n'));
}

function seeProcess(what: string, pid: number): void {
  for (const part of ['cmdline', 'environ']) {
    marks.see(`process ${what} ${part}`, readFileSync(`/proc/${pid}/${part}`));
  }
}

interface Asked {
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
  /** What is said of the answer besides, for those that are there to show a secret. */
  readonly as?: string;
}

/** Whatever comes of it, it can be seen. */
async function ask(method: string, path: string, { headers, body, as = '' }: Asked = {}) {
  const text = typeof body === 'string' ? body : body === undefined ? '' : JSON.stringify(body);
  const authorization = `Basic ${btoa(`admin:${secret.password}`)}`;
  const sent = Object.fromEntries(Object.entries({ authorization, ...headers }).filter(([, value]) => value !== ''));
  const answer = await rawRequest(server.url, method, path, { headers: sent, body: text });
  statuses.add(answer.status);
  marks.see(
    `answer ${method} ${path.replaceAll(/MARK7f3a\S*/g, '…')}${as}`,
    `${[...answer.headers].join('\n')}\n${answer.text}`,
  );
  return answer;
}

/** Runs a program of the product, and shows what it said. */
async function run(...words: string[]): Promise<number> {
  const [program = '', ...args] = words;
  const child = Bun.spawn([tools.command(program), ...args], {
    env: environment,
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  });
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  marks.see(
    `${program} ${args
      .slice(0, 4)
      .join(' ')
      .replaceAll(/MARK7f3a\S*/g, '…')}`,
    `${out}\n${err}`,
  );
  return code;
}

beforeAll(async () => {
  for (const path of [dataDir, temporary, home]) mkdirSync(path ?? '', { mode: 0o700 });
  const hash = Bun.password.hashSync(secret.password, { algorithm: 'bcrypt', cost: 4 });
  marks.watch('password-hash', hash);
  write('users.json', { admin: { hash } });
  write('hook.secret', secret.hookSecret);
  write('passphrase', secret.passphrase);
  write('commissaire.conf', configuration());
});
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  hostile[Symbol.dispose]();
  await silent[Symbol.asyncDispose]();
  await fleet[Symbol.asyncDispose]();
  tools[Symbol.dispose]();
  directory[Symbol.dispose]();
});

test('what is planted in the open is found, in every form', () => {
  const control = new Marks();
  const planted = control.plant('control');
  const [bytes, shown] = [Buffer.from(planted), control.plant('shown', /^answer/)];
  const carriers = [
    planted,
    `"${bytes.toString('base64')}"`,
    btoa(`a:${planted}`),
    btoa(`ab:${planted}!`),
    bytes.toString('hex'),
  ];
  for (const [index, carrier] of carriers.entries()) control.see(`place ${index}`, `before ${carrier} after`);
  control.see('answer', shown);
  expect(control.found()).toHaveLength(carriers.length);
  control.see('log', shown);
  expect(control.found()).toHaveLength(carriers.length + 1);
});

test('a server that is given secrets in every way', { timeout: 120_000 }, async () => {
  await serve();
  marks.watch('master-key', Buffer.from(readFileSync(join(dataDir ?? '', 'master.key'), 'utf8').trim(), 'base64url'));
  await end('SIGTERM');
  write('commissaire.conf', configuration({ 'master-passphrase-file': file('passphrase') }));
  await serve();
  await callers();
  await hosts();
  await managers();
  await others();
  await everyRoute();
  await programs();
  await faultyConfigurations();
  await bundle();
  await end('SIGKILL');
  await serve('--debug');
  await everyRoute();
  await run('commissaire', 'secrets', 'rotate', '--data-dir', dataDir ?? '');
  await run('commissaire', 'audit', 'export', '--data-dir', dataDir ?? '');
  await end('SIGTERM');
  await run('commissaire', 'audit', 'export', '--data-dir', dataDir ?? '');
  for (const top of [dataDir ?? '', temporary ?? '', join(home ?? '', '.local')]) {
    for (const path of filesBelow(top)) marks.see(`file ${path}`, readFileSync(path));
  }
  const places = [
    'log of',
    'answer GET',
    'answer PUT',
    'commctl',
    'commissaire',
    'process server',
    'process ssh',
    'bundle ',
  ];
  for (const place of [...places, `file ${dataDir}/store`]) {
    const bytes = marks.seen(place).reduce((sum, { bytes }) => sum + bytes.length, 0);
    expect(bytes, `${place} was looked at`).toBeGreaterThan(0);
  }
  expect([...statuses]).toEqual(expect.arrayContaining([200, 201, 204, 400, 401, 403, 404, 405, 406, 409, 429, 502]));
  expect(marks.shown()).toEqual(
    expect.arrayContaining([
      'automation-token',
      'copied-content',
      'kept-bytes',
      'kept-secret',
      'registration-token',
      'ssh-key',
      'variable',
    ]),
  );
  expect(marks.found()).toEqual([]);
});

/** A log with every secret in it: what a server of another build, or a plugin, may have written. */
async function bundle(): Promise<void> {
  const { password, hookPath, hookSecret, bus, passphrase, pluginToken, ...others } = secret;
  const known = [hookPath, bus, pluginToken, btoa(bus), encodeURIComponent(hookPath), Buffer.from(bus).toString('hex')];
  const shaped = [
    `authorization: Basic ${btoa(`admin:${password}`)}`,
    `{"passphrase":"${passphrase}","secret":"${hookSecret}"}`,
    `Bearer ${others.wrongPassword}`,
    readFileSync(file('users.json'), 'utf8'),
    Buffer.from(key, 'base64').toString('latin1'),
  ];
  const log = write('server.log', `${[...server.lines, ...known, ...shaped].join('\n')}\nthe end of the log\n`);
  const to = file('bundle.tar.gz');
  const words = ['-c', file('commissaire.conf'), '--data-dir', dataDir ?? '', '--log-file', log, '--to', to];
  expect(await run('commissaire', 'debug', 'bundle', ...words)).toBe(0);
  await run('commissaire', 'doctor', '-c', file('commissaire.conf'), '--data-dir', dataDir ?? '');
  const bytes = gunzipSync(readFileSync(to));
  expect(bytes.includes('the end of the log')).toBe(true);
  expect(bytes.includes('container manager kube')).toBe(true);
  marks.see('bundle ', bytes);
}

function filesBelow(top: string): string[] {
  if (!existsSync(top)) return [];
  const entries = readdirSync(top, { recursive: true, withFileTypes: true });
  // The native part of the store is unpacked into the directory for temporary files.
  return entries
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.node'))
    .map((entry) => join(entry.parentPath, entry.name));
}

/** Credentials in every place of a request, good and bad. */
async function callers(): Promise<void> {
  const { wrongPassword } = secret;
  const basic = (user: string, password: string) => `Basic ${btoa(`${user}:${password}`)}`;
  const path = '/api/v0/hosts';
  const headers: Record<string, string>[] = [
    { authorization: basic('admin', wrongPassword) },
    { authorization: basic('nobody', wrongPassword) },
    { authorization: `Basic ${btoa(marks.plant('basic-without-colon'))}` },
    { authorization: `Basic ${marks.plant('basic-not-base64')}` },
    { authorization: marks.plant('authorization-without-scheme') },
    { authorization: `Digest username="admin", response="${marks.plant('digest')}"` },
    { authorization: `Bearer ${marks.plant('bearer')}` },
    { authorization: `Bearer eyJhbGciOiJub25lIn0.${btoa(marks.plant('jwt-claims'))}.` },
    { authorization: '', 'x-auth-token': marks.plant('x-auth-token') },
    { authorization: '', cookie: `session=${marks.plant('cookie')}` },
    { 'proxy-authorization': basic('proxy', marks.plant('proxy-password')) },
    { 'x-forwarded-for': marks.plant('forwarded-for'), 'x-request-id': marks.plant('request-id') },
    { 'last-event-id': marks.plant('last-event-id') },
  ];
  for (const each of headers) {
    await ask('GET', path, { headers: each });
    await ask('PUT', '/api/v0/cluster/web', { headers: each, body: {} });
  }
  // Too many that are wrong are answered with 429.
  const codes = await Promise.all(
    Array.from({ length: 40 }, (_, index) =>
      ask('GET', path, { headers: { authorization: basic('guessed', wrongPassword + index) } }),
    ),
  );
  expect(codes.map(({ status }) => status)).toContain(429);
  const query = `token=${marks.plant('query-token')}&access_token=${marks.plant('query-access-token')}`;
  await ask('GET', `${path}?${query}`);
  await ask('GET', `/livez?${query}`);
  await ask('GET', `/nowhere?${query}`);
  await ask('POST', `${path}?${query}`, { body: {} });
  await ask('PUT', `/api/v0/cluster/web?${query}`, { body: {} });
  await ask('GET', `${path}?${query}`, { headers: { authorization: '' } });
  await ask('GET', `/api/v0/events?follow=false&${query}`);
  for (const host of ['[', 'a b', 'a:b:c']) await ask('GET', `${path}?${query}`, { headers: { host } }).catch(() => {});
  const { host } = new URL(server.url);
  await ask('GET', `http://admin:${marks.plant('userinfo')}@${host}${path}`).catch(() => {});
  await ask('GET', `http://admin:${marks.plant('userinfo-of-no-host')}@[/api/v0/hosts`).catch(() => {});
  // What a server of OpenID or cloud-init would be sent: tokens are only in the answer that makes them.
  for (const body of [
    { kind: 'session' },
    { kind: 'automation', lifetime: 3600 },
    { kind: 'registration', cluster: 'web', lifetime: 600, max_hosts: 1 },
  ]) {
    const { text } = await ask('POST', '/api/v0/tokens', { body, as: ', minted' });
    const { token } = JSON.parse(text);
    const shown = /^answer POST \/api\/v0\/tokens, minted$/;
    marks.watch(`${body.kind}-token`, token, shown);
    marks.watch(`${body.kind}-token-signature`, token.split('.')[2], shown);
    await ask('GET', '/api/v0/tokens/current', { headers: { authorization: `Bearer ${token}` } });
    await ask('GET', path, { headers: { authorization: `Bearer ${token.slice(0, -8)}AAAAAAAA` } });
    await ask('GET', `${path}?token=${token}`, { headers: { authorization: '' } });
    await ask('POST', '/api/v0/tokens', { headers: { authorization: `Bearer ${token}` }, body: { kind: token } });
    await ask('DELETE', '/api/v0/tokens/current', { headers: { authorization: `Bearer ${token}` } });
    await ask('GET', path, { headers: { authorization: `Bearer ${token}` } });
  }
}

/** Keys of machines, good and bad. */
async function hosts(): Promise<void> {
  const creds = { ssh_priv_key: key, remote_user: 'root', port: 1 };
  await ask('PUT', '/api/v0/host/127.66.0.1', { body: creds });
  await ask('PUT', '/api/v0/host/127.66.0.1', { body: { ...creds, ssh_priv_key: plantedKey('other-ssh-key') } });
  await ask('PUT', '/api/v0/host/127.66.0.2', { body: { ...creds, ssh_priv_key: lockedKey } });
  await ask('PUT', '/api/v0/host/127.66.0.2', { body: { ...creds, ssh_priv_key: marks.plant('no-base64') } });
  await ask('PUT', '/api/v0/host/127.66.0.2', { body: { ...creds, ssh_priv_key: btoa(marks.plant('no-key')) } });
  await ask('PUT', '/api/v0/host/127.66.0.2', { body: { ...creds, ssh_priv_key: [marks.plant('key-in-a-list')] } });
  await ask('PUT', '/api/v0/host/127.66.0.2', { body: { ...creds, port: marks.plant('port') } });
  await ask('PUT', '/api/v0/host/127.66.0.2', { body: { ...creds, cluster: 'nowhere' } });
  await ask('PUT', '/api/v0/host', { body: { ...creds, address: '127.66.0.3' } });
  await ask('PUT', '/api/v0/host/127.66.0.1/creds', { body: creds });
  await ask('PUT', '/api/v0/host/127.66.0.1/creds', { body: { ...creds, ssh_priv_key: lockedKey } });
  await ask('PUT', '/api/v0/host/127.66.0.9/creds', { body: creds });
  await ask('GET', '/api/v0/host/127.66.0.1/creds', { as: ', to who may read them' });
  const text = marks.plant('malformed');
  for (const body of [
    `{"ssh_priv_key": ${text}}`,
    `{"ssh_priv_key": "${text}`,
    `"${text}"`,
    `{"${text}": 1,}`,
    `{"a":"\\q${text}"}`,
  ]) {
    await ask('PUT', '/api/v0/host/127.66.0.2', { body });
    await ask('PATCH', '/api/v0/host/127.66.0.1/labels', { body });
  }
  const login = { ssh_priv_key: fleetKey, remote_user: fleet.user, port: machine.port };
  await ask('PUT', `/api/v0/host/${machine.address}`, { body: login });
  await until(async () => (await ask('GET', `/api/v0/host/${machine.address}/hostkey`)).status === 200);
  await ask('PUT', '/api/v0/host/127.66.0.4', { body: { ...creds, address: silent.address, port: silent.port } });
  await ask('PUT', `/api/v0/host/${silent.address}?import=true`, {
    body: { ...creds, port: silent.port, status: 'active' },
  });
  await ask('POST', '/api/v0/operations', {
    body: { kind: 'exec', target: '127.66.0.1', parameters: { command: 'true' } },
  });
  await until(async () => {
    const { text } = await ask('GET', '/api/v0/host/127.66.0.1');
    return JSON.parse(text).status === 'failed' || JSON.parse(text).status === 'unreachable';
  });
}

/** A container manager that fails, and repeats all that it is told. */
async function managers(): Promise<void> {
  const options = { server_url: hostile.url, certificate_authority: hostile.authority };
  const path = '/api/v0/containermanager';
  const [token, password] = [marks.plant('manager-token'), marks.plant('manager-password')];
  await ask('PUT', `${path}/kube`, { body: { type: 'kubernetes', options: { ...options, token } } });
  await ask('PUT', `${path}/kube`, {
    body: { type: 'kubernetes', options: { ...options, token: marks.plant('other-token') } },
  });
  await ask('PUT', `${path}/basic`, { body: { type: 'openshift', options: { ...options, username: 'u', password } } });
  await ask('PUT', `${path}/url`, {
    body: {
      type: 'openshift',
      options: { ...options, server_url: `https://u:${marks.plant('manager-userinfo')}@127.0.0.1:1` },
    },
  });
  await ask('PUT', `${path}/misspelt`, {
    body: { type: 'kubernetes', options: { ...options, tokn: marks.plant('misspelt') } },
  });
  await ask('PUT', `${path}/list`, {
    body: { type: 'kubernetes', options: { ...options, token: [marks.plant('in-a-list')] } },
  });
  await ask('PUT', `${path}/blank`, {
    body: { type: 'kubernetes', options: { ...options, token: `${marks.plant('blank')} x` } },
  });
  const host = { ssh_priv_key: key, port: 1, status: 'disassociated' };
  await ask('PUT', '/api/v0/host/127.66.0.5?import=true', { body: host });
  const [, middle = ''] = hostile.client.key.split('\n');
  marks.watch('manager-key', middle);
  const certificate_path = write('manager.crt', hostile.client.certificate);
  for (const [name, content] of Object.entries({ key: hostile.client.key, garbage: badPem('garbage-key') })) {
    const certificate_key_path = write(`${name}.pem`, content);
    await ask('PUT', `${path}/${name}`, {
      body: { type: 'kubernetes', options: { ...options, certificate_path, certificate_key_path } },
    });
  }
  for (const name of ['kube', 'basic', 'key', 'garbage']) {
    await ask('PUT', `/api/v0/cluster/${name}`, { body: { container_manager: name } });
    const { text } = await ask('PUT', `/api/v0/cluster/${name}/hosts/127.66.0.5`, { body: {} });
    expect(JSON.parse(text)).toHaveProperty('code', 'container_manager_failed');
    await ask('GET', '/api/v0/host/127.66.0.5/status');
  }
  const patch = (body: object) =>
    ask('PATCH', `${path}/kube`, { headers: { 'content-type': 'application/json-patch+json' }, body });
  await patch([{ op: 'test', path: '/options/token', value: marks.plant('patch-test') }]);
  await patch([{ op: 'test', path: '/options/token', value: token }]);
  await patch([{ op: 'replace', path: '/options/token', value: marks.plant('patched-token') }]);
  await patch([{ op: 'replace', path: '/options/token/x', value: marks.plant('patched-nowhere') }]);
  await patch([{ op: 'replace', path: '/options/token', value: { a: marks.plant('patched-object') } }]);
  await patch([{ op: 'copy', from: '/options/token', path: '/type' }]);
  await ask('PATCH', `${path}/kube`, { body: { options: { token: marks.plant('merged-token') } } });
  await ask('GET', `${path}s?options.token=${token}`);
}

function badPem(kind: string): string {
  return `-----BEGIN PRIVATE KEY-----\n${marks.plant(kind)}\n-----END PRIVATE KEY-----\n`;
}

/** What other tools keep here, and the content of files, which is a part of the operation that brings them to machines. */
async function others(): Promise<void> {
  const shown = ', to who may read it';
  const value = marks.plant('kept-secret', /to who may read it$/);
  const bytes = marks.plant('kept-bytes', /to who may read it$/);
  await ask('POST', '/api/v0/secrets/tools/');
  await ask('PUT', '/api/v0/secrets/tools/a', { body: { type: 'simple', value } });
  await ask('PUT', '/api/v0/secrets/tools/a', { body: { type: 'simple', value: marks.plant('kept-twice') } });
  await ask('PUT', '/api/v0/secrets/tools/b', { headers: { 'content-type': 'application/octet-stream' }, body: bytes });
  for (const body of [
    { type: 'jwe', value: marks.plant('no-jwe') },
    { type: marks.plant('type'), value: 'x' },
    { value: [marks.plant('listed')] },
  ]) {
    await ask('PUT', '/api/v0/secrets/tools/c', { body });
  }
  await ask('PUT', '/api/v0/secrets/nowhere/c', { body: { type: 'simple', value: marks.plant('kept-nowhere') } });
  await ask('GET', '/api/v0/secrets/tools/a', { as: shown });
  await ask('GET', '/api/v0/secrets/tools/b', { as: shown });
  await ask('GET', '/api/v0/secrets/tools/a?type=kem');
  await ask('DELETE', '/api/v0/secrets/tools/b');
  const content = marks.plant(
    'copied-content',
    /^(answer \w+ \/api\/v0\/operation|file .*\/store\/|commctl .*operation)/,
  );
  const parameters = { path: '/etc/example', content: btoa(content) };
  await ask('POST', '/api/v0/operations', { body: { kind: 'copy', target: '127.66.0.1', parameters } });
  const wrong = { path: 'relative', content: marks.plant('copied-wrongly') };
  await ask('POST', '/api/v0/operations', { body: { kind: 'copy', target: '127.66.0.1', parameters: wrong } });
}

/** All that can be read. */
async function everyRoute(): Promise<void> {
  const { text } = await ask('GET', '/api/v0/operations?limit=1');
  const [id = ''] = Array.from(JSON.parse(text), ({ id }: { id: string }) => id);
  for (const { method, path } of routeRules) {
    if (method !== 'GET') continue;
    const isShown = path.endsWith('/creds');
    const named = path
      .replace(':address', '127.66.0.1')
      .replace(':id', id)
      .replace(':secret', 'tools/')
      .replace(':token', 'a');
    const name = path.includes('containermanager') ? 'kube' : 'web';
    const query = path.endsWith('/events')
      ? '?follow=false'
      : path.endsWith('/log')
        ? '?host=127.66.0.1&follow=false'
        : '';
    await ask('GET', named.replace(':name', name) + query, isShown ? { as: ', to who may read them' } : {});
  }
  await ask('GET', '/api/v0/audit?limit=1000');
}

/** The tools, with good and bad files of their own. */
async function programs(): Promise<void> {
  const own = join(home ?? '', '.commissaire.json');
  const configured = (members: object | string) => {
    writeFileSync(own, typeof members === 'string' ? members : JSON.stringify(members), { mode: 0o600 });
  };
  const good = { endpoint: server.url, username: 'admin', password: secret.password };
  const mark = marks.plant('in-a-bad-file');
  for (const bad of [
    `{"password": ${mark}}`,
    `{"password": "${mark}`,
    `{"password": {"a": "${mark}"}}`,
    `"${mark}"`,
    { ...good, password: mark },
  ]) {
    configured(bad);
    await run('commctl', 'host', 'list');
  }
  configured({ ...good, endpoint: `http://admin:${marks.plant('endpoint-userinfo')}@127.0.0.1:1` });
  await run('commctl', 'host', 'list');
  configured(good);
  const keyFile = write('host.key', Buffer.from(plantedKey('commctl-ssh-key'), 'base64').toString('latin1'));
  const hostFile = write(
    'hosts.yaml',
    `- address: 127.66.1.1\n  ssh_priv_key: ${keyFile}\n- address: 127.66.1.2\n  ssh_priv_key: ${file('locked.key')}\n`,
  );
  write('locked.key', Buffer.from(lockedKey, 'base64').toString('latin1'));
  const value = write('value', marks.plant('commctl-secret'));
  const valueBytes = file('value-bytes');
  writeFileSync(valueBytes, `\xff${marks.plant('commctl-bytes')}`, 'latin1');
  for (const words of [
    ...[value, valueBytes, value, valueBytes].flatMap((path) => [
      ['--dry-run', 'secret', 'put', 'own', '--file', path],
      ['secret', 'put', path === value ? 'own' : 'own-bytes', '--file', path],
      ['secret', 'put', 'sealed', '--type', 'jwe', '--file', path],
      ['secret', 'put', 'nowhere/own', '--file', path],
    ]),
    ['secret', 'put', 'own', marks.plant('typed-secret')],
    ['secret', 'put', 'own', `--value=${marks.plant('typed-value')}`],
    ['secret', 'list'],
    ['host', 'create', '127.66.1.3', keyFile],
    ['--dry-run', 'host', 'create', '127.66.1.4', keyFile],
    ['host', 'create', '127.66.1.5', file('locked.key')],
    ['host', 'create', '--file', hostFile],
    ['--dry-run', 'host', 'create', '--file', hostFile],
    [
      '--dry-run',
      'container_manager',
      'create',
      '-o',
      `server_url=${hostile.url}`,
      '-o',
      `token=${marks.plant('dry-token')}`,
      'dry',
    ],
    ['container_manager', 'create', '-o', `password=${marks.plant('commctl-password')}`, 'bad'],
    ['container_manager', 'get', 'kube'],
    ['operation', 'list'],
    ['audit', 'list'],
    ['event', 'list'],
    ['login'],
    ['whoami'],
    ['token', 'list'],
  ]) {
    await run('commctl', ...words);
  }
  const userData = file('user-data');
  await run('commctl', 'user-data', '-e', server.url, '-c', 'web', '-o', userData);
  const parts = readFileSync(userData, 'latin1').split(/\r?\n\r?\n/);
  const texts = parts.flatMap((part) => [part, Buffer.from(part, 'base64').toString('latin1')]);
  const [token = ''] = /eyJ[\w-]+\.[\w-]+\.[\w-]+/.exec(texts.join('\n')) ?? [];
  expect(token, 'the token in the user-data').not.toBe('');
  marks.watch('user-data-token', token);
  await sshSession();
  await run('commctl', 'logout');
}

/** While a session goes on, what ssh was started with can be seen by everybody. */
async function sshSession(): Promise<void> {
  const command = [tools.command('commctl'), 'host', 'ssh', machine.address, 'cat'];
  const child = Bun.spawn(command, { env: environment, stdin: 'pipe', stdout: 'pipe', stderr: 'inherit' });
  child.stdin.write('here\n');
  child.stdin.flush();
  await child.stdout.getReader().read();
  seeProcess('commctl', child.pid);
  for (const pid of childrenOf(child.pid)) seeProcess('ssh', pid);
  child.stdin.end();
  await child.exited;
}

function childrenOf(parent: number): number[] {
  const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return processes.map(Number).filter((pid) => parentOf(pid) === parent);
}

/** The fourth word of proc(5), counted behind the name, which may be of several words. */
function parentOf(pid: number): number | undefined {
  try {
    return Number(readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ').at(-1)?.split(' ')[1]);
  } catch {
    // It has ended meanwhile.
    return undefined;
  }
}

/** Each with something wrong at, or beside, a secret. */
async function faultyConfigurations(): Promise<void> {
  await run('commissaire', 'config', 'show', '-c', file('commissaire.conf'), '--origin');
  await run('commissaire', 'config', 'check', file('commissaire.conf'));
  const mark = () => marks.plant('in-a-bad-configuration');
  const plugin = (options: object) => ({ 'authentication-plugins': [options] });
  const faults: (object | string)[] = [
    `{"authentication-plugins": [{"name": "kubernetesauth", "token": "${mark()}]}`,
    `{"authentication-plugins": [{"name": "kubernetesauth", "token": ${mark()} "x"}]}`,
    `custodia-api-key: "${mark()}" ${mark()}\n`,
    `custodia-api-key: @${mark()}\n`,
    `- ${mark()}\n`,
    `"${mark()}"`,
    configuration(plugin({ name: 'kubernetesauth', server_url: hostile.url, token: `${mark()} ${mark()}` })),
    configuration(plugin({ name: 'kubernetesauth', server_url: hostile.url, token: [mark()] })),
    configuration(plugin({ name: 'kubernetesauth', server_url: hostile.url, tokn: mark() })),
    configuration(plugin({ name: 'kubernetesauth', server_url: hostile.url, token: mark(), token_file: '/nowhere' })),
    configuration(plugin({ name: 'kubernetesauth', server_url: `https://u:${mark()}@127.0.0.1:1`, token: 'x' })),
    configuration(plugin({ name: 'keystonetokenauth', url: `http://u:${mark()}@keystone.example.com/` })),
    configuration(plugin({ name: 'httpbasicauth', users: { admin: { hash: mark(), password: mark() } } })),
    configuration(plugin({ name: 'httpbasicauth', users: { admin: mark() } })),
    configuration(plugin({ name: 'httpbasicauth', users: mark() })),
    configuration({ hooks: [{ name: 'a', filter: '*', url: `https//chat.example.com/${mark()}` }] }),
    configuration({ hooks: [{ name: 'a', filter: '*', url: `https://u:${mark()}@chat.example.com/` }] }),
    configuration({ hooks: [{ name: 'a', filter: '*', url: `ftp://chat.example.com/${mark()}`, secret: mark() }] }),
    configuration({ hooks: mark() }),
    configuration({ 'tls-pemfile': write('bad.pem', badPem('bad-server-key')) }),
    configuration({ 'tls-pemfile': write('half.pem', `${hostile.client.certificate}\n${badPem('odd-server-key')}`) }),
    configuration(plugin({ name: 'httpbasicauth', filepath: write('users-1.json', `{"admin": {"hash": "${mark()}"`) })),
    configuration(
      plugin({ name: 'httpbasicauth', filepath: write('users-2.json', `{"admin": {"hash": ${mark()} 1}}`) }),
    ),
    configuration(
      plugin({ name: 'httpbasicauth', filepath: write('users-3', `admin:${mark()}\n${mark()}\nbob: ${mark()}\n`) }),
    ),
    configuration({ hooks: [mark()], 'authentication-plugins': mark() }),
    configuration({ 'authentication-plugins': [`kubernetesauth:token=${mark()}`] }),
    configuration(plugin({ name: 'kubernetesauth', server_url: `https//u:${mark()}@127.0.0.1`, token: 7316031601 })),
    configuration({ 'custodia-api-key': [mark()], 'bus-uri': `${mark()}:${mark()}@host`, password: mark() }),
  ];
  for (const fault of faults) {
    const path = write('faulty.conf', fault);
    await run('commissaire', 'config', 'check', path);
    await run('commissaire', 'config', 'show', '-c', path, '--origin');
    await run('commissaire', 'serve', '-c', path, '--listen-port', '-1');
  }
  const flag = `kubernetesauth:server_url=${hostile.url},token=${mark()}`;
  for (const given of [`${flag},${mark()}`, `${flag},tokn=${mark()}`, `kubernetesauth:${mark()}`]) {
    await run('commissaire', 'serve', '-c', write('faulty.conf', '{}'), '--authentication-plugin', given);
  }
  marks.watch('token-that-is-a-number', '7316031601');
  for (const fault of faults.slice(0, 8)) {
    const refusals = () => server.log.filter(({ msg }) => msg.startsWith('the configuration was not reloaded')).length;
    const before = refusals();
    write('commissaire.conf', fault);
    process.kill(server.pid, 'SIGUSR1');
    await until(() => refusals() > before);
  }
  write('commissaire.conf', configuration({ 'master-passphrase-file': file('passphrase') }));
  write('passphrase', marks.plant('wrong-passphrase'));
  await run('commissaire', 'secrets', 'rotate', '--data-dir', dataDir ?? '');
  write('passphrase', secret.passphrase);
}
