import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { start } from '../cli/support/commctl.ts';
import { startEtcd, type TestEtcd } from '../support/etcd.ts';
import { originalCluster, originalHost } from '../support/original-installation.ts';
import { startServer } from '../support/server.ts';
import { makeSshKey } from '../support/ssh-key.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { until } from '../support/until.ts';
import { importEtcd, read, resultsIn } from './support.ts';

const key = makeSshKey();
let etcd: TestEtcd;

beforeAll(async () => {
  etcd = await startEtcd();
});
afterAll(() => etcd[Symbol.asyncDispose]());

/** A site, and a directory of etcd that holds the keys. Each test has its own, so that they share one etcd. */
async function siteWith(records: Readonly<Record<string, unknown>>) {
  const directory = temporaryDirectory();
  const server = await startServer({ directory: directory.path, unixSocket: true });
  await fetch(`${etcd.url}/v2/keys/commissaire?recursive=true`, { method: 'DELETE' });
  for (const [path, record] of Object.entries(records)) {
    await etcd.put(`/commissaire/${path}`, typeof record === 'string' ? record : JSON.stringify(record));
  }
  const dataDir = join(directory.path, 'data');
  return {
    directory: directory.path,
    dataDir,
    server,
    import: (...args: string[]) => importEtcd(['--endpoint', etcd.url, '--data-dir', dataDir, '-o', 'json', ...args]),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      directory[Symbol.dispose]();
    },
  };
}

/** A host of version 0.0.1: its key is in its record. */
const oldHost = (address: string, members: object = {}) => ({
  address,
  status: 'active',
  ssh_priv_key: key.privateFile,
  remote_user: 'fedora',
  ...members,
});

test('bad records are listed with their key and the reason, and do not stop the others', async () => {
  await using at = await siteWith({
    'hosts/192.0.2.41': oldHost('192.0.2.41'),
    'hosts/192.0.2.42': '{"address": "192.0.2.42",',
    'hosts/192.0.2.43': oldHost('192.0.2.43', { cpus: 'two' }),
    'hosts/192.0.2.44': oldHost('192.0.2.49'),
    'hosts/192.0.2.45': oldHost('192.0.2.45', { ssh_priv_key: btoa('no key') }),
    'hosts/192.0.2.46': oldHost('192.0.2.46', { remote_user: 'a; reboot' }),
    'hosts/192.0.2.47': '[]',
    'hosts/not an address': oldHost('x'),
    'hosts/DB.example.com': oldHost('DB.example.com'),
    'hosts/db.example.com': oldHost('db.example.com'),
    'hosts/deep': '['.repeat(5_000),
    'hosts/192.0.2.48/creds': '{}',
    'clusters/a b': originalCluster('a b', []),
    'clusters/first': originalCluster('first', ['192.0.2.41', '192.0.2.99', '192.0.2.45', 7 as unknown as string]),
    'clusters/one': originalCluster('one', ['192.0.2.41', '192.0.2.99', '192.0.2.45', '../../x'], { network: 'gone' }),
    'clusters/two': originalCluster('two', ['192.0.2.41', 'db.example.com'], { container_manager: 'gone' }),
    'networks/odd': { name: 'odd', type: 'vlan', options: {} },
    'container_managers/bare': { name: 'bare', type: 'openshift', options: {} },
    'container_managers/cloud': { name: 'cloud', type: 'cloud', options: {} },
    'cluster/one/dance': '{}',
    'cluster/one/upgrade': '{"upgraded": 5}',
    'weird/thing': 'x',
    status: '{}',
  });
  const ended = await at.import();
  expect([ended.exitCode, ended.stderr]).toEqual([1, '']);
  expect(resultsIn(ended)).toMatchSnapshot();
  expect(await read(at.server, '/cluster/two/hosts')).toEqual(['db.example.com']);
  expect(await read(at.server, '/host/192.0.2.41/creds')).toMatchObject({ remote_user: 'fedora' });
});

test('host keys of a known_hosts file are pinned', async () => {
  await using at = await siteWith({
    'hosts/192.0.2.51': oldHost('192.0.2.51'),
    'hosts/192.0.2.52': oldHost('192.0.2.52'),
    'hosts/192.0.2.53': oldHost('192.0.2.53'),
  });
  const [first, second] = [makeSshKey(), makeSshKey()];
  const line = (names: string, { publicFile }: typeof first) => `${names} ${Buffer.from(publicFile, 'base64')}`;
  const knownHosts = join(at.directory, 'known_hosts');
  const text = [
    '# a comment',
    line('192.0.2.51', makeSshKey({ type: 'rsa' })),
    line('m1.example.com,192.0.2.51', first),
    line('192.0.2.52', second),
    `@revoked ${line('192.0.2.53', second)}`,
  ].join('\n');
  writeFileSync(knownHosts, text);
  // As ssh itself hides the names.
  Bun.spawnSync(['ssh-keygen', '-q', '-H', '-f', knownHosts], { stdout: 'ignore', stderr: 'ignore' });
  expect((await at.import('--known-hosts', knownHosts)).exitCode).toBe(0);
  const fingerprint = ({ publicFile }: typeof first) =>
    Bun.spawnSync(['ssh-keygen', '-l', '-f', '-'], { stdin: Buffer.from(publicFile, 'base64') })
      .stdout.toString()
      .split(' ')[1];
  const pinned = async (address: string) => read(at.server, `/host/${address}/hostkey`);
  expect(await pinned('192.0.2.51')).toMatchObject({ fingerprint: fingerprint(first), source: 'operator' });
  expect(await pinned('192.0.2.52')).toMatchObject({ fingerprint: fingerprint(second) });
  // The first key that the machine shows is pinned.
  expect((await at.server.request('GET', '/api/v0/host/192.0.2.53/hostkey')).status).toBe(404);
});

test('the configuration of the server is shown by its members, and written on request', async () => {
  const configuration = {
    'listen-port': 8001,
    'self-auths': [],
    'authentication-plugins': [{ name: 'httpbasicauth', users: { a: { hash: 'x' } } }],
  };
  await using at = await siteWith({ 'config/commissaire': configuration, 'config/storage': { debug: true } });
  const file = join(at.directory, 'from-etcd.conf');
  const ended = await at.import('--write-config', file);
  expect(JSON.parse(ended.stdout).configurations).toEqual({
    commissaire: ['listen-port', 'self-auths', 'authentication-plugins'],
    storage: ['debug'],
  });
  expect(ended.stdout).not.toContain('"x"');
  expect(await Bun.file(file).json()).toEqual(configuration);
  const again = await at.import('--write-config', file);
  expect([again.exitCode, again.stderr]).toEqual([2, expect.stringContaining('exists already')]);
});

test('an etcd without keys of the original, a wrong address and a wrong choice of options are said', async () => {
  await using at = await siteWith({});
  const none = await at.import();
  expect([none.exitCode, none.stderr]).toEqual([1, expect.stringContaining('etcd has no keys below /commissaire')]);
  const nobody = await importEtcd([
    '--endpoint',
    'http://127.0.0.1:1',
    '--endpoint',
    'http://127.0.0.1:2',
    '--data-dir',
    at.dataDir,
  ]);
  expect(nobody.stderr).toMatch(/no etcd answers: http:\/\/127.0.0.1:1: .*; http:\/\/127.0.0.1:2: /);
  for (const [args, said] of [
    [['--overwrite', '--skip'], '--overwrite and --skip do not go together'],
    [['--snapshot', 'x'], '--endpoint and --snapshot do not go together'],
    [['--custodia-key', 'x', '--custodia-socket', 'y'], 'do not go together'],
    [['--cert', '/dev/null'], 'a client certificate and its key go together'],
    [['--endpoint', 'etcd:2379'], '"etcd:2379" is not the URL of an etcd'],
  ] as const) {
    const ended = await at.import(...args);
    expect([ended.exitCode === 0, ended.stderr]).toEqual([false, expect.stringContaining(said)]);
  }
  const nowhere = await importEtcd(['--endpoint', etcd.url, '--data-dir', join(at.directory, 'nowhere')]);
  expect(nowhere.exitCode).toBe(1);
});

test('an import that is killed is completed by the next one', async () => {
  const addresses = Array.from({ length: 300 }, (_, index) => `198.51.${index >> 8}.${index & 255}`);
  await using at = await siteWith({
    ...Object.fromEntries(addresses.map((address) => [`hosts/${address}`, originalHost(address)])),
    'clusters/all': originalCluster('all', addresses.toReversed()),
  });
  const args = ['import', 'etcd', '--endpoint', etcd.url, '--data-dir', at.dataDir, '--without-credentials'];
  using running = start(args, { program: [] });
  await until(async () => (await read<unknown[]>(at.server, '/hosts')).length > 0);
  running.kill('SIGKILL');
  await running.ended;
  const ended = await at.import('--without-credentials');
  const { counts } = JSON.parse(ended.stdout) as { counts: Record<string, number> };
  expect([ended.exitCode, (counts.created ?? 0) + (counts.unchanged ?? 0)]).toEqual([0, 301]);
  expect(await read(at.server, '/cluster/all/hosts')).toEqual(addresses.toReversed());
});
