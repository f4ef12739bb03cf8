import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { connect } from '../../src/client/index.ts';
import { withSshdFleet } from '../support/fleet.ts';
import { startServer } from '../support/server.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const root = join(import.meta.dirname, '../..');
const credentials = { username: 'tester', password: 'of the tests' };

/** The examples of docs/client.md: the whole one, and the one that goes on where that has connected. */
function examples(): [whole: string, change: string] {
  const page = readFileSync(join(root, 'docs/client.md'), 'utf8');
  const [whole = '', change = ''] = [...page.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = '']) => code);
  const [connecting = ''] = whole.split('\ntry {');
  return [whole, `${connecting}\n${change}`];
}

/** The code, as the user the tests have, in a project that has the package installed. */
function installedIn(directory: string, code: string): string {
  expect(code).toContain("username: 'admin'");
  const path = join(directory, 'example.ts');
  writeFileSync(path, code.replace("username: 'admin'", `username: '${credentials.username}'`));
  mkdirSync(join(directory, 'node_modules'));
  symlinkSync(root, join(directory, 'node_modules', 'commissaire'));
  return path;
}

async function run(path: string, endpoint: string) {
  const child = Bun.spawn([process.execPath, path], {
    env: { COMMISSAIRE_ENDPOINT: endpoint, COMMISSAIRE_PASSWORD: credentials.password },
    stdout: 'pipe',
    stderr: 'pipe',
  });
  const [exitCode, stdout, stderr] = await Promise.all([child.exited, child.stdout.text(), child.stderr.text()]);
  return { exitCode, stdout, stderr };
}

test('the example of the page runs as it is written', async () => {
  await using fleet = await withSshdFleet(2);
  await using server = await startServer();
  using directory = temporaryDirectory();
  const path = installedIn(directory.path, examples()[0]);
  const client = connect({ endpoints: [server.url], credentials });

  const without = await run(path, server.url);
  expect(without).toMatchObject({ exitCode: 1, stdout: '' });
  expect(without.stderr).toMatch(/^cluster_not_found: .*web.* \(request [0-9a-f-]{36}\)\n$/);

  await client.clusters.create('web', {});
  const ssh_priv_key = readFileSync(fleet.key).toString('base64');
  for (const { address, port } of fleet.hosts) {
    await client.hosts.create(address, { ssh_priv_key, port, remote_user: fleet.user, cluster: 'web' });
  }
  const settled = fleet.hosts.map(({ address }) =>
    client.hosts.waitFor(address, ({ status }) => status === 'disassociated'),
  );
  await Promise.all(settled);
  const lines = fleet.hosts.map(({ address }) => `${address} succeeded Linux\n`);
  expect(await run(path, server.url)).toEqual({ exitCode: 0, stdout: lines.join(''), stderr: '' });
});

test('the example of a change runs as it is written, and once only', async () => {
  await using server = await startServer();
  using directory = temporaryDirectory();
  const path = installedIn(directory.path, examples()[1]);
  const client = connect({ endpoints: [server.url], credentials });
  await client.networks.create('inner', { type: 'flannel_etcd', options: {} });
  await client.clusters.create('web', {});
  await client.budgets.put('web', { target: 'cluster:web', max_down: 1 });

  expect(await run(path, server.url)).toEqual({ exitCode: 0, stdout: '', stderr: '' });
  expect(await client.clusters.get('web')).toMatchObject({ network: 'inner' });
  expect(await client.budgets.get('web')).toMatchObject({ max_down: 2 });

  const again = await run(path, server.url);
  expect(again).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('line 0 of the patch, test /max_down') });
});
