import { cpSync, mkdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeRaw } from '../store/raw.ts';
import { CompiledServer, compiledExecutable } from '../support/compiled.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { until } from '../support/until.ts';
import { run } from './support.ts';

const base = temporaryDirectory();
/** The data directory of a server that was stopped, with a host, a cluster and an audit trail. */
const sound = join(base.path, 'sound');

beforeAll(async () => {
  await using server = await CompiledServer.start({ dataDir: sound });
  await server.request('/api/v0/host/192.0.2.1', { method: 'PUT', body: {} });
  for (const name of ['a', 'b']) await server.request(`/api/v0/cluster/${name}`, { method: 'PUT', body: {} });
  expect(await server.kill('SIGTERM')).toEqual({ code: 0, signal: null });
});
afterAll(() => base[Symbol.dispose]());

type At = (...names: string[]) => string;

/** A copy that is gone with the scope. */
function copied(): Disposable & { dataDir: string; at: At } {
  const directory = temporaryDirectory();
  const dataDir = join(directory.path, 'data');
  cpSync(sound, dataDir, { recursive: true });
  return { dataDir, at: (...names) => join(dataDir, ...names), [Symbol.dispose]: () => directory[Symbol.dispose]() };
}

const damages: readonly (readonly [string, (at: At) => void, RegExp])[] = [
  ['with half its store', (at) => halve(at('store', 'data.mdb')), /store file \S+data\.mdb is damaged/],
  ['with a store of zeros', (at) => zero(at('store', 'data.mdb')), /store file \S+data\.mdb is damaged/],
  [
    'with an emptied store',
    (at) => truncateSync(at('store', 'data.mdb'), 0),
    /store file \S+data\.mdb is (damaged: it is )?empty/,
  ],
  ['without its store', (at) => rmSync(at('store'), { recursive: true }), /there is no store in the data directory/],
  ['with a directory in the place of its lock', (at) => directoryAt(at('lock')), /cannot be locked with \S+lock/],
  ['with a directory in the place of its key', (at) => directoryAt(at('master.key')), /master key \S+ cannot be read/],
  [
    'with a directory in the place of the lock of its store',
    (at) => directoryAt(at('store', 'lock.mdb')),
    /lock\.mdb cannot be read/,
  ],
];

function halve(path: string): void {
  truncateSync(path, statSync(path).size / 2);
}

function zero(path: string): void {
  writeFileSync(path, Buffer.alloc(statSync(path).size));
}

function directoryAt(path: string): void {
  rmSync(path, { force: true });
  mkdirSync(path);
}

test.each(damages)('a server %s says so in one message, and does not start', async (_, damage, message) => {
  using directory = copied();
  damage(directory.at);
  const { code, stdout, stderr } = run([compiledExecutable(), 'serve', '--data-dir', directory.dataDir]);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr.split('\n')).toEqual([expect.stringMatching(message), expect.stringMatching(/^(hint: )?\S/), '']);
});

test.each(damages.slice(0, 4))('the commands that look into a store %s say so too', (_, damage, message) => {
  using directory = copied();
  damage(directory.at);
  for (const words of [
    ['audit', 'verify'],
    ['audit', 'export'],
    ['keys', 'rotate'],
    ['secrets', 'rotate'],
  ]) {
    const { code, stdout, stderr } = run([compiledExecutable(), ...words, '--data-dir', directory.dataDir]);
    expect({ words, code, stdout }).toEqual({ words, code: 1, stdout: '' });
    expect(stderr.split('\n'), words.join(' ')).toEqual([expect.stringMatching(message), expect.any(String), '']);
  }
});

test('what was lost begins anew when one says so, once', async () => {
  using directory = copied();
  rmSync(directory.at('store'), { recursive: true });
  {
    await using server = await CompiledServer.start({ dataDir: directory.dataDir, args: ['--new-store'] });
    expect(await (await server.request('/api/v0/hosts')).json()).toEqual([]);
    await server.kill('SIGTERM');
  }
  const refused = run([compiledExecutable(), 'serve', '--data-dir', directory.dataDir, '--new-store']);
  expect(refused).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--new-store was given, and there is a store'),
  });
  await using server = await CompiledServer.start({ dataDir: directory.dataDir });
  expect((await server.request('/api/v0/hosts')).status).toBe(200);
});

test('the first start after init needs nothing said', async () => {
  using directory = temporaryDirectory();
  const dataDir = join(directory.path, 'data');
  expect(run([compiledExecutable(), 'init', '--data-dir', dataDir])).toMatchObject({ code: 0 });
  const configuration = join(dataDir, 'commissaire.conf');
  writeFileSync(configuration, readFileSync(configuration, 'utf8').replace('8000', '0'));
  await using server = await CompiledServer.start({ dataDir });
  expect(server.url).toMatch(/^https:/);
});

test('an entry of the trail that cannot be read is where it is broken, and the server goes on', async () => {
  using directory = copied();
  await writeRaw(directory.dataDir, 'audit', '0000000000000003', (bytes) => bytes.subarray(1));
  const verify = () => run([compiledExecutable(), 'audit', 'verify', '--data-dir', directory.dataDir]);
  const broken = { code: 1, stdout: expect.stringMatching(/^the audit trail is broken at entry 3: /), stderr: '' };
  expect(verify()).toEqual(broken);
  await using server = await CompiledServer.start({ dataDir: directory.dataDir });
  const answer = await server.request('/api/v0/audit');
  expect(answer.status).toBe(503);
  expect(await answer.json()).toMatchObject({
    code: 'store_unusable',
    detail: expect.stringContaining('0000000000000003'),
  });
  expect((await server.request('/api/v0/cluster/c', { method: 'PUT', body: {} })).status).toBe(201);
  expect(verify()).toEqual(broken);
});

test('a host that cannot be read does not keep the server from starting, and the log says what it misses', async () => {
  using directory = copied();
  await writeRaw(directory.dataDir, 'hosts', '192.0.2.1', (bytes) => bytes.subarray(1));
  await using server = await CompiledServer.start({ dataDir: directory.dataDir });
  await until(() => server.lines.some((line) => line.includes('cannot look for hosts that wait for an investigation')));
  const answer = await server.request('/api/v0/host/192.0.2.1');
  expect(answer.status).toBe(503);
  expect(await answer.json()).toMatchObject({ code: 'store_unusable', detail: expect.stringContaining('192.0.2.1') });
  expect((await server.request('/api/v0/cluster/c', { method: 'PUT', body: {} })).status).toBe(201);
});

test.each([
  ['networks', 'default'],
  ['audit_head', 'head'],
])('a record of %s that the start needs and cannot read ends it with one message', async (collection, key) => {
  using directory = copied();
  await writeRaw(directory.dataDir, collection, key, (bytes) => bytes.subarray(1));
  await using server = CompiledServer.spawn({ dataDir: directory.dataDir });
  expect(await server.exited).toEqual({ code: 1, signal: null });
  const said = server.lines.filter((line) => !line.startsWith('{'));
  expect(said).toEqual([
    expect.stringContaining(
      `the record "${key}" of the collection ${collection} cannot be read: its checksum does not match`,
    ),
    expect.stringMatching(/^hint: stop the server, and restore a backup with `commissaire restore FILE`/),
  ]);
});
