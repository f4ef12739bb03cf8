import { chmodSync, chownSync, copyFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadPluginFile } from '../../../../src/auth/authenticators/file/load.ts';
import { parseGivenObject } from '../../../../src/config/document.ts';
import { mayMount, needsRoot } from '../../../support/root-only.ts';
import { startServer } from '../../../support/server.ts';
import { temporaryDirectory } from '../../../support/temporary.ts';
import { randomBytes, recordingLogger, requestWith, standingClock } from '../../support.ts';

const usual = { deadlineMs: 300 };

/** A directory for a plugin, which is loaded as often as asked for. */
function pluginDirectory(code: string, file = 'site.js') {
  const directory = temporaryDirectory();
  const path = join(directory.path, file);
  writeFileSync(path, code);
  const logger = recordingLogger();
  const load = (name = path, options: object = {}, outside: { deadlineMs: number; stopping?: AbortSignal } = usual) => {
    const { members } = parseGivenObject(JSON.stringify(options), 'options');
    const surroundings = { logger, clock: standingClock(), randomBytes, ...outside };
    return loadPluginFile({ name, where: 'here:1:2', options: members }, surroundings);
  };
  return { directory: directory.path, path, load, logger, [Symbol.dispose]: directory[Symbol.dispose] };
}

const answering = (expression: string) => `export default () => ({ authenticate: () => (${expression}) });`;

test.each<[string, unknown]>([
  ['"pass"', 'pass'],
  ['{ name: "alice" }', { name: 'alice', method: 'site', subjects: ['user:alice'] }],
  ['Promise.resolve({ name: "a", subjects: [] })', { name: 'a', method: 'site', subjects: [] }],
  [
    '{ name: "a", subjects: ["group:ops", "claim:a=b=c"], method: "jwt", grants: [{}], token: {} }',
    { name: 'a', method: 'site', subjects: ['group:ops', 'claim:a=b=c'] },
  ],
  ['{ refused: "no", claimed: "alice" }', { refused: 'no', claimed: 'alice' }],
  ['{ refused: "no", name: "alice" }', { refused: 'no' }],
])('the answer %s', async (expression, expected) => {
  using plugin = pluginDirectory(answering(expression));
  expect(await (await plugin.load()).authenticate(requestWith(undefined))).toEqual(expected);
});

test.each([
  ['true'],
  ['false'],
  ['undefined'],
  ['null'],
  ['"yes"'],
  ['[]'],
  ['{}'],
  ['{ name: "" }'],
  ['{ name: 7 }'],
  ['{ name: "a\\nb" }'],
  ['{ name: "a", subjects: "user:a" }'],
  ['{ name: "a", subjects: ["alice"] }'],
  ['{ name: "a", subjects: ["user:a\\nb"] }'],
  ['{ refused: true, name: "a" }'],
  ['{ status: 200, body: "x" }'],
  ['Response.error()'],
  ['Promise.reject(new Error("broken"))'],
  ['(() => { throw new Error("broken"); })()'],
  ['new Promise(() => {})'],
])('the answer %s lets nobody in', async (expression) => {
  using plugin = pluginDirectory(answering(expression));
  const { authenticate } = await plugin.load();
  await expect(authenticate(requestWith(undefined))).rejects.toThrow(/^(it (answered|refused|took)|broken|.*status)/i);
});

test('what a plugin does to a request is not seen by the next one', async () => {
  using plugin = pluginDirectory(
    'export default () => ({ authenticate(request) { request.headers.delete("authorization"); return "pass"; } });',
  );
  const request = requestWith('Basic YTpi');
  await (await plugin.load()).authenticate(request);
  expect(request.headers.get('authorization')).toBe('Basic YTpi');
});

test('a class will do, in TypeScript, with imports and options of any depth', async () => {
  using plugin = pluginDirectory(
    `import { prefix } from './names.ts';
     class Site {
       readonly #names: string[];
       readonly asksFor = 'a login of the site';
       readonly challenge = 'Site realm="x"';
       constructor(options: { users: { names: string[] } }) { this.#names = options.users.names; }
       authenticate() { return { name: prefix + this.#names[1] }; }
     }
     export default async (options: any) => new Site(options);`,
    'site.ts',
  );
  writeFileSync(join(plugin.directory, 'names.ts'), 'export const prefix: string = "site:";');
  const authenticator = await plugin.load(plugin.path, { users: { names: ['a', 'b'] } });
  expect(authenticator).toMatchObject({ name: 'site', asksFor: 'a login of the site', challenge: 'Site realm="x"' });
  expect(await authenticator.authenticate(requestWith(undefined))).toMatchObject({ name: 'site:b' });
});

test('a file that has changed is another plugin the next time the configuration is read', async () => {
  using plugin = pluginDirectory(answering('{ name: "old" }'));
  expect(await (await plugin.load()).authenticate(requestWith(undefined))).toMatchObject({ name: 'old' });
  writeFileSync(plugin.path, answering('{ name: "new" }'));
  expect(await (await plugin.load()).authenticate(requestWith(undefined))).toMatchObject({ name: 'new' });
});

test('a file that never gets done is waited for no longer when the server is asked to end', async () => {
  using plugin = pluginDirectory('export default () => new Promise(() => {});');
  const stopping = new AbortController();
  const loading = plugin.load(plugin.path, {}, { deadlineMs: 3_600_000, stopping: stopping.signal });
  stopping.abort(new Error('asked to end'));
  await expect(loading).rejects.toThrow(/asked to end/);
});

test.each([
  ['syntax that is none', 'export default (', /cannot be used: ./],
  ['no default export', 'export const authenticate = 1;', /its default export is not a function/],
  ['no authenticator', 'export default () => {};', /it makes nothing with a function authenticate/],
  ['no function authenticate', 'export default () => ({ authenticate: true });', /it makes nothing with a function/],
  ['a fault of its options', 'export default () => { throw new Error("users: give some"); };', /users: give some/],
  ['no end', 'export default () => new Promise(() => {});', /it took longer than 0.3 s/],
  [
    'a challenge with a line feed',
    'export default () => ({ authenticate() {}, challenge: "a\\nb" });',
    /its challenge/,
  ],
])('a file with %s is a fault of the configuration', async (_, code, message) => {
  using plugin = pluginDirectory(code);
  await expect(plugin.load()).rejects.toMatchObject({
    code: 'invalid_configuration',
    message: expect.stringMatching(new RegExp(`^here:1:2: the plugin ${plugin.path} `)),
    hint: expect.stringContaining('commctl help plugins'),
  });
  await expect(plugin.load()).rejects.toThrow(message);
});

test('a file that is not there is a fault of the configuration', async () => {
  using plugin = pluginDirectory('');
  await expect(plugin.load(join(plugin.directory, 'absent.js'))).rejects.toThrow(/absent.js cannot be used: .*ENOENT/);
});

const leak = 'globalThis.ranForeignCode = true; export default () => ({ authenticate: () => "pass" });';

test.each([
  ['a file that its group may write to', (path: string) => chmodSync(path, 0o620)],
  ['a file that everybody may write to', (path: string) => chmodSync(path, 0o602)],
  ['a directory that everybody may write to', (path: string) => chmodSync(join(path, '..'), 0o707)],
])('%s is not run', async (_, open) => {
  using plugin = pluginDirectory(leak);
  open(plugin.path);
  await expect(plugin.load()).rejects.toThrow(/others may write to .*; run: chmod go-w /);
  expect(globalThis).not.toHaveProperty('ranForeignCode');
});

test('a link in a directory of others is not followed', async () => {
  using plugin = pluginDirectory(leak);
  const open = join(plugin.directory, 'open');
  mkdirSync(open);
  chmodSync(open, 0o777);
  symlinkSync(plugin.path, join(open, 'site.js'));
  await expect(plugin.load(join(open, 'site.js'))).rejects.toThrow(`others may write to ${open}`);
  expect(globalThis).not.toHaveProperty('ranForeignCode');
});

test('a file below a directory of others is not run, whoever the directories between belong to', async () => {
  using plugin = pluginDirectory(leak);
  const open = join(plugin.directory, 'open');
  mkdirSync(join(open, 'closed'), { recursive: true });
  copyFileSync(plugin.path, join(open, 'closed', 'site.js'));
  chmodSync(open, 0o777);
  await expect(plugin.load(join(open, 'closed', 'site.js'))).rejects.toThrow(`others may write to ${open}`);
  expect(globalThis).not.toHaveProperty('ranForeignCode');
});

test.skipIf(!mayMount)(`a file of another user is not run${needsRoot}`, async () => {
  using plugin = pluginDirectory(leak);
  chownSync(plugin.path, 65_534, 65_534);
  await expect(plugin.load()).rejects.toThrow(/belongs to another user \(65534\)/);
});

test('a server answers as a plugin says, and is not hurt by one that breaks', async () => {
  using broken = pluginDirectory('export default () => ({ authenticate() { throw new Error("broken"); } });');
  using plugin = pluginDirectory(
    `export default () => ({
       authenticate: ({ headers }) =>
         headers.has('x-tea') ? new Response('Whiiiiieee', { status: 418 }) : headers.has('x-me') ? { name: 'me' } : 'pass',
     });`,
  );
  await using server = await startServer({
    configuration: { 'authentication-plugins': [{ name: broken.path }, { name: plugin.path }] },
  });
  const get = (headers: Record<string, string>) =>
    server.request('GET', '/api/v0/hosts', undefined, { headers: { authorization: '', ...headers } });
  expect(await get({ 'x-me': '1' })).toMatchObject({ status: 200, body: [] });
  expect(await get({ 'x-tea': '1' })).toMatchObject({ status: 418, text: 'Whiiiiieee' });
  expect(await get({})).toMatchObject({ status: 403, body: { code: 'credentials_refused' } });
  expect(server.log.filter((line) => /^error authenticator failed .*broken/.test(line))).toHaveLength(3);
});
