import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { readMasterKey } from '../../src/original/custodia/master-key.ts';
import { SealedSecrets } from '../../src/original/custodia/sealed.ts';
import { startCustodia, type TestCustodia } from '../support/custodia/custodia.ts';
import { startEtcd, type TestEtcd } from '../support/etcd.ts';
import { fillInstallation, originalCluster, originalHost } from '../support/original-installation.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { makeSshKey } from '../support/ssh-key.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { filesIn, importEtcd, read, resultsIn } from './support.ts';

const key = makeSshKey();
let etcd: TestEtcd;
let custodia: TestCustodia;

beforeAll(async () => {
  etcd = await startEtcd();
  custodia = await startCustodia(etcd.port);
  await fillInstallation(etcd, custodia, key);
});

afterAll(async () => {
  await custodia[Symbol.asyncDispose]();
  await etcd[Symbol.asyncDispose]();
});

/** A site with a server that runs. */
async function site() {
  const directory = temporaryDirectory();
  const server = await startServer({ directory: directory.path, unixSocket: true });
  const dataDir = join(directory.path, 'data');
  return {
    directory: directory.path,
    dataDir,
    server,
    /** Ends the server, and starts another on the same store. */
    async restarted(): Promise<TestServer> {
      await server[Symbol.asyncDispose]();
      return startServer({ directory: directory.path });
    },
    import: (...args: string[]) =>
      importEtcd(['--endpoint', etcd.url, '--custodia-key', custodia.keyFile, '--data-dir', dataDir, ...args]),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      directory[Symbol.dispose]();
    },
  };
}

const created = [
  'network default unchanged',
  'network overlay created',
  'container_manager prod created: its certificate is verified now: when a private CA signed it, set the option certificate_authority',
  'host 192.0.2.11 created',
  'host 192.0.2.12 created',
  'host 192.0.2.13 created',
  'host 192.0.2.14 created: its status was "", and becomes failed',
  'host db.example.com created',
  'cluster batch created',
  'cluster web created',
  'operation web/restart left out: only shown: finished, 2 hosts done, from 2017-03-04T05:00:00.000000 to 2017-03-04T05:10:00.000000',
];
const unchanged = created
  .filter((line) => !line.startsWith('operation'))
  .map((line) => line.replace(/ created.*/, ' unchanged'));

test('a dry run shows everything and writes nothing', async () => {
  await using at = await site();
  const before = at.server.dump();
  const ended = await at.import('--dry-run');
  expect(ended).toMatchSnapshot();
  expect(at.server.dump()).toBe(before);
  expect(resultsIn(await at.import('--dry-run', '-o', 'json'))).toEqual(
    created.map((line) => line.replace(' created', ' new')),
  );
});

test('an installation is imported as it is, and its etcd is only read', async () => {
  await using at = await site();
  const before = await etcd.writes();
  const ended = await at.import('-o', 'json');
  expect([ended.exitCode, ended.stderr, resultsIn(ended)]).toEqual([0, '', created]);
  expect(await etcd.writes()).toBe(before);

  const hosts = await read<Array<Record<string, unknown>>>(at.server, '/hosts');
  expect(
    hosts.map(({ address, status, os, cpus, memory, space }) => [address, status, os, cpus, memory, space]),
  ).toEqual([
    ['192.0.2.11', 'active', 'fedora', 2, 2_097_152, 51_200],
    ['192.0.2.12', 'active', 'rhel', 2, 4_194_304, 51_200],
    ['192.0.2.13', 'disassociated', 'fedora', 2, 2_097_152, 51_200],
    ['192.0.2.14', 'failed', 'fedora', 2, 2_097_152, 51_200],
    ['db.example.com', 'failed', 'fedora', 2, 2_097_152, 51_200],
  ]);
  expect(hosts.map(({ last_check }) => last_check)).toEqual(Array(5).fill('2017-03-04T05:06:07.890123'));
  expect(await read(at.server, '/host/192.0.2.13/creds')).toMatchObject({
    ssh_priv_key: key.privateFile,
    remote_user: 'fedora',
    port: 22,
  });
  // In the order of the original, which is that of its operations.
  expect(await read(at.server, '/cluster/web')).toMatchObject({
    status: 'ok',
    network: 'overlay',
    container_manager: 'prod',
    hostset: ['192.0.2.12', '192.0.2.11'],
  });
  expect(await read(at.server, '/network/overlay')).toMatchObject({ options: { address: '192.0.2.250:8080' } });
  expect(await read(at.server, '/containermanager/prod')).toMatchObject({
    type: 'openshift',
    options: { server_url: 'https://openshift.example.com:8443', token: '***' },
  });
});

test('no work begins: neither at once, nor when the server starts again', async () => {
  await using at = await site();
  expect((await at.import()).exitCode).toBe(0);
  expect(at.server.events().map(({ name }) => name.split('.').slice(0, 2).join('.'))).not.toContain(
    'operation.started',
  );
  await using server = await at.restarted();
  expect(await read(server, '/operations?automatic=true')).toEqual([]);
  expect(await read(server, '/host/192.0.2.11')).toMatchObject({ status: 'active' });
});

test('a second import changes nothing', async () => {
  await using at = await site();
  await at.import();
  const before = at.server.dump();
  const ended = await at.import('-o', 'json');
  expect([ended.exitCode, resultsIn(ended).slice(0, -1)]).toEqual([0, unchanged]);
  expect(at.server.dump()).toBe(before);
});

test('without a server the import opens the store itself, and starts no work either', async () => {
  await using at = await site();
  await at.server[Symbol.asyncDispose]();
  expect(resultsIn(await at.import('-o', 'json'))).toEqual(created);
  await using server = await startServer({ directory: at.directory });
  expect(await read(server, '/operations?automatic=true')).toEqual([]);
  expect(await read(server, '/cluster/web/hosts')).toEqual(['192.0.2.12', '192.0.2.11']);
  expect(server.audit().map(({ target }) => target)).toContainEqual(expect.stringContaining('192.0.2.12'));
});

test('an import that was interrupted is completed by the next one', async () => {
  await using at = await site();
  await at.import();
  // What is there when it ends between two hosts: clusters come last.
  for (const path of ['/cluster/batch', '/host/192.0.2.13', '/host/192.0.2.14']) {
    expect((await at.server.request('DELETE', `/api/v0${path}`)).status).toBe(200);
  }
  const ended = await at.import('-o', 'json');
  expect([ended.exitCode, resultsIn(ended).filter((line) => / created/.test(line))]).toEqual([
    0,
    [
      'host 192.0.2.13 created',
      'host 192.0.2.14 created: its status was "", and becomes failed',
      'cluster batch created',
    ],
  ]);
  expect(await read(at.server, '/cluster/batch/hosts')).toEqual(['192.0.2.13', '192.0.2.14']);
});

test('records that differ are refused together, kept with --skip and replaced with --overwrite', async () => {
  await using at = await site();
  const put = (path: string, body: object) => at.server.request('PUT', `/api/v0${path}`, body);
  const other = makeSshKey();
  await put('/network/overlay', { type: 'flannel_server', options: { address: '192.0.2.1:1' } });
  await put('/containermanager/prod', { type: 'trivial' });
  await put('/host/192.0.2.11?import=true', {
    ssh_priv_key: other.privateFile,
    status: 'active',
    labels: { rack: '3' },
  });
  await put('/host/198.51.100.1?import=true', { ssh_priv_key: other.privateFile, status: 'active' });
  await put('/cluster/web?import=true', { hostset: ['198.51.100.1'] });
  const before = at.server.dump();
  const refused = await at.import('-o', 'json');
  expect(resultsIn(refused)).toEqual([
    'network overlay conflict: here it is flannel_server {"address":"192.0.2.1:1"}, there flannel_server {"address":"192.0.2.250:8080"}',
    'container_manager prod conflict: its certificate is verified now: when a private CA signed it, set the option certificate_authority: its type or its options differ',
    'host 192.0.2.11 conflict: its key or its user differs',
    'cluster web conflict: network: here default, in the original overlay: container manager: here none, in the original prod: members only in the original: 192.0.2.11: members only here: 198.51.100.1',
  ]);
  expect([refused.exitCode, refused.stderr]).toEqual([2, expect.stringContaining('nothing was imported: 4 records')]);
  expect(at.server.dump()).toBe(before);

  expect((await at.import('--skip')).exitCode).toBe(0);
  expect(await read(at.server, '/network/overlay')).toMatchObject({ options: { address: '192.0.2.1:1' } });
  expect(await read(at.server, '/host/192.0.2.11/creds')).toMatchObject({ ssh_priv_key: other.privateFile });
  expect(await read(at.server, '/host/192.0.2.13')).toMatchObject({ status: 'disassociated' });

  expect((await at.import('--overwrite')).exitCode).toBe(0);
  expect(await read(at.server, '/network/overlay')).toMatchObject({ options: { address: '192.0.2.250:8080' } });
  expect(await read(at.server, '/host/192.0.2.11/creds')).toMatchObject({ ssh_priv_key: key.privateFile });
  expect(await read(at.server, '/host/192.0.2.11')).toMatchObject({ labels: { rack: '3' } });
  expect(await read(at.server, '/cluster/web')).toMatchObject({
    hostset: ['192.0.2.12', '192.0.2.11'],
    container_manager: 'prod',
  });
  const again = await at.import('-o', 'json');
  expect(resultsIn(again).slice(0, -1)).toEqual(unchanged);
});

test('hosts whose credentials cannot be opened are left out, or imported without a key and completed later', async () => {
  await using at = await site();
  const wrong = join(at.directory, 'wrong.key');
  writeFileSync(wrong, JSON.stringify({ kty: 'oct', k: Buffer.alloc(64, 1).toString('base64url') }));
  const from = ['--endpoint', etcd.url, '--data-dir', at.dataDir, '-o', 'json'];
  const left = await importEtcd([...from, '--custodia-key', wrong]);
  expect([left.exitCode, resultsIn(left).filter((line) => line.startsWith('host'))]).toEqual([
    1,
    ['192.0.2.11', '192.0.2.12', '192.0.2.13', '192.0.2.14', 'db.example.com'].map((address) =>
      expect.stringMatching(`^host ${address} left out: its credentials cannot be opened with this master key`),
    ),
  ]);
  expect(await read(at.server, '/cluster/web/hosts')).toEqual([]);

  const without = await importEtcd([...from, '--without-credentials']);
  expect(resultsIn(without)).toContain(
    'host 192.0.2.11 created: without a key: its credentials are sealed, and no master key is given (--custodia-key)',
  );
  expect(without.exitCode).toBe(0);
  expect(await read(at.server, '/host/192.0.2.11')).toMatchObject({ status: 'active' });
  // They joined the clusters that the first import had made without them.
  expect((await read<string[]>(at.server, '/cluster/web/hosts')).toSorted()).toEqual(['192.0.2.11', '192.0.2.12']);

  const completed = await at.import('-o', 'json');
  expect(resultsIn(completed)).toContain('host 192.0.2.11 completed: it is there without a key');
  expect(await read(at.server, '/host/192.0.2.13/creds')).toMatchObject({
    remote_user: 'fedora',
    ssh_priv_key: key.privateFile,
  });
  expect(at.server.events().map(({ name }) => name)).not.toContain('host.updated.192.0.2.14');
});

test('a secret that was exchanged with that of another host is refused', async () => {
  const url = `${etcd.url}/v2/keys/commissaire/custodia/keys/hosts/192.0.2.11`;
  const { node } = (await (await fetch(url)).json()) as { node: { value: string } };
  const exchanged = new Map([
    ['192.0.2.11', node.value],
    ['192.0.2.12', node.value],
  ]);
  const secrets = new SealedSecrets(exchanged, readMasterKey(custodia.keyFile));
  expect(JSON.parse(String(await secrets.secret('192.0.2.11')))).toMatchObject({ address: '192.0.2.11' });
  expect(await secrets.secret('192.0.2.12')).toEqual({
    reason: 'its credentials were sealed for "keys/hosts/192.0.2.11"',
  });
});

test('a running Custodia is asked over its socket', async () => {
  await using at = await site();
  const from = ['--endpoint', etcd.url, '--data-dir', at.dataDir, '-o', 'json'];
  expect(resultsIn(await importEtcd([...from, '--custodia-socket', custodia.socket]))).toEqual(created);
  const config = join(at.directory, 'storage.conf');
  const handler = { type: 'etcd', server_url: etcd.url };
  writeFileSync(config, JSON.stringify({ storage_handlers: [handler], custodia_socket_path: custodia.socket }));
  const configured = await importEtcd(['--config', config, '--data-dir', at.dataDir, '-o', 'json']);
  expect(resultsIn(configured).slice(0, -1)).toEqual(unchanged);
  const nobody = await importEtcd([...from, '--custodia-socket', join(at.directory, 'none')]);
  expect([nobody.exitCode, nobody.stderr]).toEqual([
    1,
    expect.stringMatching(/^commissaire: Custodia does not answer on .*\nhint: /),
  ]);
});

test('a data directory of a stopped etcd is copied, and nothing is left behind', async () => {
  await using stopped = await startEtcd();
  await stopped.put('/commissaire/hosts/192.0.2.21', JSON.stringify(originalHost('192.0.2.21')));
  await stopped.put('/commissaire/clusters/old', JSON.stringify(originalCluster('old', ['192.0.2.21'])));
  await stopped.stop();
  await using at = await site();
  const before = filesIn(stopped.dataDirectory);
  vi.stubEnv('TMPDIR', at.directory);
  const args = [
    '--data-dir-of-etcd',
    stopped.dataDirectory,
    '--data-dir',
    at.dataDir,
    '--without-credentials',
    '-o',
    'json',
  ];
  expect(resultsIn(await importEtcd(args))).toEqual([
    'host 192.0.2.21 created: without a key: Custodia has no credentials for it',
    'cluster old created',
  ]);
  expect(filesIn(stopped.dataDirectory)).toEqual(before);
  expect(readdirSync(at.directory).filter((name) => name.startsWith('commissaire-import-'))).toEqual([]);
  vi.unstubAllEnvs();

  const missing = await importEtcd([...args, '--etcd-program', join(at.directory, 'etcd')]);
  expect([missing.exitCode, missing.stderr]).toEqual([1, expect.stringContaining('there is no program')]);
  const elsewhere = await importEtcd(['--data-dir-of-etcd', at.directory, '--data-dir', at.dataDir]);
  expect(elsewhere.stderr).toContain('is not the data directory of an etcd');
});

test('v3 keys are read from a live etcd by pages, and from a snapshot', async () => {
  await using v3 = await startEtcd();
  const addresses = Array.from({ length: 503 }, (_, index) => `198.51.${100 + (index >> 8)}.${index & 255}`);
  await Promise.all(
    addresses.map((address) => v3.putV3(`/commissaire/hosts/${address}`, JSON.stringify(originalHost(address)))),
  );
  await using at = await site();
  const more = ['--data-dir', at.dataDir, '--without-credentials', '-o', 'json'];
  const live = await importEtcd(['--endpoint', v3.url, ...more]);
  expect(JSON.parse(live.stdout)).toMatchObject({ api: 'v3', counts: { created: 503 } });
  const snapshot = join(at.directory, 'snapshot.db');
  execFileSync('etcdctl', ['--endpoints', v3.url, 'snapshot', 'save', snapshot], {
    env: { PATH: process.env.PATH, ETCDCTL_API: '3' },
    stdio: 'ignore',
  });
  const bytes = readFileSync(snapshot);
  const restored = await importEtcd(['--snapshot', snapshot, ...more]);
  expect(JSON.parse(restored.stdout)).toMatchObject({ api: 'v3', counts: { unchanged: 503 } });
  expect(readFileSync(snapshot).equals(bytes)).toBe(true);
  writeFileSync(snapshot, bytes.subarray(0, 4_096));
  const cut = await importEtcd(['--snapshot', snapshot, ...more]);
  expect([cut.exitCode, cut.stderr]).toEqual([1, expect.stringContaining(`cannot restore the snapshot ${snapshot}`)]);

  await v3.put('/commissaire/hosts/192.0.2.31', JSON.stringify(originalHost('192.0.2.31')));
  const both = await importEtcd(['--endpoint', v3.url, ...more]);
  expect([both.exitCode, both.stderr]).toEqual([1, expect.stringContaining('both APIs of etcd have keys')]);
  expect(resultsIn(await importEtcd(['--endpoint', v3.url, '--etcd-api', 'v2', ...more]))).toEqual([
    'host 192.0.2.31 created: without a key: Custodia has no credentials for it',
  ]);
});
