import { existsSync, mkdirSync, readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { version } from '../../src/lib/version.ts';
import { CompiledServer, compiledExecutable } from '../support/compiled.ts';
import { mayMount, needsRoot, temporaryFileSystem } from '../support/root-only.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { installed, run } from './support.ts';

const installation = installed();
const { command } = installation;
afterAll(() => installation[Symbol.dispose]());

test('the one file serves from an empty directory, with an empty environment and nothing else beside it', async () => {
  using directory = temporaryDirectory();
  const [dataDir, cwd] = [join(directory.path, 'data'), join(directory.path, 'empty')];
  mkdirSync(cwd);
  const words = [command('commissaire'), 'serve', '--data-dir', dataDir, '--listen-port', '0'];
  await using server = await CompiledServer.launch(words, { cwd }).listening();
  const alive = await fetch(`${server.url}/livez`);
  expect([alive.status, await alive.json()]).toEqual([200, { status: 'ok' }]);
  // The document and its viewer are in the file, too.
  for (const path of ['/docs', '/docs/viewer.js', '/docs/swagger-ui-bundle.js', '/docs/swagger-ui.css']) {
    const part = await fetch(`${server.url}${path}`);
    expect([path, part.status, await part.text()]).toEqual([path, 200, expect.stringMatching(/swagger-ui|SwaggerUI/)]);
  }
  // And the manual, to whose first page its path leads.
  for (const path of ['/manual/', '/manual/quick-start.html', '/manual/search-index.js']) {
    const page = await fetch(`${server.url}${path}`);
    expect([path, page.status, await page.text()]).toEqual([path, 200, expect.stringContaining('ommissaire')]);
  }
  expect(await (await fetch(`${server.url}/openapi.json`)).json()).toMatchObject({ info: { version } });
  // Nobody has said who may log in, so nobody may.
  expect((await fetch(`${server.url}/api/v0/hosts`)).status).toBe(403);
  expect(readdirSync(cwd)).toEqual([]);
  expect(readdirSync(installation.directory).sort()).toEqual(['commctl', 'commissaire', 'commissaire-server']);
});

test('called as commissaire-server it serves', async () => {
  using directory = temporaryDirectory();
  const words = [command('commissaire-server'), '--data-dir', join(directory.path, 'data'), '--listen-port', '0'];
  await using server = await CompiledServer.launch(words, { cwd: directory.path }).listening();
  expect(await (await fetch(`${server.url}/version`)).json()).toEqual({ name: 'commissaire', version });
});

test('called as commctl, or with ctl, it is the client', async () => {
  using directory = temporaryDirectory();
  await using server = await CompiledServer.start({ dataDir: join(directory.path, 'data') });
  const { username, password, url } = server;
  const configuration = join(directory.path, 'client.json');
  writeFileSync(configuration, JSON.stringify({ username, password, endpoint: url }), { mode: 0o600 });
  for (const client of [[command('commctl')], [command('commissaire'), 'ctl']]) {
    const create = run([...client, '--config', configuration, 'cluster', 'create', client.length === 1 ? 'a' : 'b']);
    expect(create, create.stderr).toMatchObject({ code: 0 });
  }
  expect(await (await server.request('/api/v0/clusters')).json()).toEqual(['a', 'b']);
});

test('what lies in the working directory is not read: no .env, no bunfig.toml', async () => {
  using directory = temporaryDirectory();
  const cwd = join(directory.path, 'cwd');
  mkdirSync(cwd);
  const trace = join(directory.path, 'was-read');
  writeFileSync(join(cwd, '.env'), 'COMMISSAIRE_LISTEN_INTERFACE=127.0.0.9\n');
  writeFileSync(join(cwd, 'bunfig.toml'), 'preload = ["./preloaded.js"]\n');
  writeFileSync(join(cwd, 'preloaded.js'), `require('node:fs').writeFileSync(${JSON.stringify(trace)}, 'yes');\n`);
  await using server = await CompiledServer.start({ dataDir: join(directory.path, 'data'), cwd });
  expect(new URL(server.url).hostname).toBe('127.0.0.1');
  expect(existsSync(trace)).toBe(false);
});

const noexec = 'a temporary directory from which nothing may be executed';

test.skipIf(!mayMount)(`${noexec} does not keep it from serving${needsRoot}`, async () => {
  using directory = temporaryDirectory();
  using mounted = temporaryFileSystem('noexec');
  const dataDir = join(directory.path, 'data');
  const env = { TMPDIR: mounted.path };
  await using server = await CompiledServer.start({ dataDir, env });
  const created = await server.request('/api/v0/cluster/web', { method: 'PUT', body: {} });
  expect(created.status).toBe(201);
  // It is the process that was started, and none beside it, so that whoever supervises it still does.
  expect(server.log.find(({ msg }) => msg === 'listening')?.pid).toBe(server.pid);
  expect(await server.kill('SIGTERM')).toEqual({ code: 0, signal: null });
  expect(readdirSync(mounted.path)).toEqual([]);
});

test.skipIf(!mayMount)(`${noexec}, and a configuration on standard input: it says what to do${needsRoot}`, () => {
  using directory = temporaryDirectory();
  using mounted = temporaryFileSystem('noexec');
  const words = [command('commissaire'), 'serve', '--data-dir', join(directory.path, 'data'), '-c', '-'];
  const { code, stderr } = run(words, { env: { TMPDIR: mounted.path }, input: '{"listen-port": 0}' });
  expect(code).toBe(1);
  expect(stderr).toContain(`no file can be executed from the temporary directory ${mounted.path}`);
  expect(stderr).toContain('set BUN_TMPDIR to a directory');
});

const helped: [string, string[]][] = [
  ['commissaire', []],
  ['commissaire', ['serve']],
  ['commissaire', ['init']],
  ['commissaire', ['ctl']],
  ['commissaire-server', []],
  ['commctl', []],
  ['commctl', ['host', 'create']],
];

test.each(helped)('%s %j answers --help with 0 on standard output', (name, words) => {
  const { code, stdout, stderr } = run([command(name), ...words, '--help']);
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/^Usage: comm/);
});

test.each([
  ['commissaire', [], 'commissaire'],
  ['commissaire-server', [], 'commissaire'],
  ['commissaire', ['ctl'], 'commctl'],
  ['commctl', [], 'commctl'],
])('%s %j answers --version with 0', (name, words, product) => {
  expect(run([command(name), ...words, '--version'])).toEqual({
    code: 0,
    stdout: `${product} ${version}\n`,
    stderr: '',
  });
});

const misused: [string, string[], RegExp][] = [
  ['commissaire', ['srve'], /unknown command 'srve'[\s\S]*Did you mean serve/],
  ['commissaire', ['serve', '--listen-prt', '1'], /unknown option '--listen-prt'[\s\S]*Did you mean --listen-port/],
  [
    'commissaire',
    ['serve', '--listen-port', 'x'],
    /--listen-port: "x" is not a number[\s\S]*hint: give one from 0 to 65535/,
  ],
  ['commissaire-server', ['--no-such'], /unknown option '--no-such'[\s\S]*commissaire serve --help/],
  ['commctl', ['host', 'lst'], /unknown command 'lst'[\s\S]*Did you mean list/],
  ['commctl', ['--no-such'], /unknown option '--no-such'[\s\S]*commctl --help/],
];

test.each(misused)('%s %j ends with 2 and names the fix', (name, words, fix) => {
  const { code, stdout, stderr } = run([command(name), ...words]);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(fix);
});

test('the build leaves the links beside the compiled file', () => {
  for (const name of ['commctl', 'commissaire-server']) {
    expect(readlinkSync(join(compiledExecutable(), '..', name))).toBe('commissaire');
  }
});
