import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { layOut } from '../fixtures/recorded-site.ts';
import { CompiledServer, compiledExecutable } from '../support/compiled.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { until } from '../support/until.ts';
import { run } from './support.ts';

const commissaire = (...args: string[]) => run([compiledExecutable(), ...args], { timeout: 60_000 });
const network = (name: string) => `/api/v0/network/${name}`;

/** Puts networks one after the other until it is stopped, and keeps the names of those that were acknowledged. */
function writer(server: CompiledServer, prefix: string) {
  const acknowledged: string[] = [];
  let isStopped = false;
  const done = (async () => {
    for (let number = 0; !isStopped; number += 1) {
      const name = `${prefix}${number}`;
      const put = await server.request(network(name), { method: 'PUT', body: { type: 'flannel_etcd', options: {} } });
      if (put.status === 201) acknowledged.push(name);
    }
  })().catch(() => undefined);
  return {
    acknowledged,
    async stop() {
      isStopped = true;
      await done;
    },
  };
}

async function namesOf(server: CompiledServer): Promise<string[]> {
  const answer: unknown = await (await server.request('/api/v0/networks')).json();
  return Array.isArray(answer) ? answer.map(String) : [];
}

test('a backup under load has every write that was acknowledged before it, and restores elsewhere', async () => {
  using directory = temporaryDirectory();
  const [dataDir, file] = [join(directory.path, 'data'), join(directory.path, 'one.backup')];
  await using server = await CompiledServer.start({ dataDir });
  const writers = ['a', 'b', 'c'].map((prefix) => writer(server, prefix));
  await until(() => writers.every(({ acknowledged }) => acknowledged.length >= 15));
  const before = writers.flatMap(({ acknowledged }) => acknowledged);
  const making = spawn(compiledExecutable(), ['backup', '--data-dir', dataDir, '--to', file], { env: {} });
  expect(await once(making, 'exit')).toEqual([0, null]);
  // What the server did meanwhile is lost with it, and the backup is not.
  await server.kill('SIGKILL');
  for (const each of writers) await each.stop();

  expect(commissaire('backup', 'verify', file)).toMatchObject({ code: 0 });
  const elsewhere = join(directory.path, 'other', 'place');
  mkdirSync(join(directory.path, 'other'));
  expect(commissaire('restore', file, '--dry-run', '--data-dir', elsewhere)).toMatchObject({ code: 0 });
  expect(existsSync(elsewhere)).toBe(false);
  expect(commissaire('restore', file, '--data-dir', elsewhere)).toMatchObject({ code: 0 });
  await using restored = await CompiledServer.start({ dataDir: elsewhere });
  const there = new Set(await namesOf(restored));
  expect(before.filter((name) => !there.has(name))).toEqual([]);
  expect(existsSync(join(elsewhere, 'restored.json'))).toBe(false);
  expect(commissaire('restore', file, '--data-dir', elsewhere)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('is in use by the server'),
  });
});

test('a killed backup leaves nothing that counts, and the next one removes the rest', async () => {
  using directory = temporaryDirectory();
  const [dataDir, to] = [join(directory.path, 'data'), join(directory.path, 'backups')];
  mkdirSync(to);
  await using server = await CompiledServer.start({ dataDir });
  writeFileSync(join(dataDir, 'large'), randomBytes(30_000_000));
  const killed = spawn(compiledExecutable(), ['backup', '--data-dir', dataDir, '--to', `${to}/`], { env: {} });
  await until(() => readdirSync(to).length > 0);
  killed.kill('SIGKILL');
  await once(killed, 'exit');
  expect(readdirSync(to).filter((name) => name.endsWith('.backup'))).toEqual([]);
  // The server lets go of what the command does not read any more.
  await until(() => !existsSync(join(dataDir, 'backup.unfinished')));
  expect(commissaire('backup', '--data-dir', dataDir, '--to', `${to}/`)).toMatchObject({ code: 0 });
  expect(readdirSync(to)).toEqual([expect.stringMatching(/\.backup$/)]);
  const [name = ''] = readdirSync(to);
  expect(commissaire('backup', 'verify', join(to, name))).toMatchObject({ code: 0 });

  // The server is killed while it makes one, and the next server makes one.
  const making = server.request('/api/v0/backups', { method: 'POST', body: {} }).catch(() => undefined);
  await until(() => existsSync(join(dataDir, 'backup.unfinished')));
  await server.kill('SIGKILL');
  await making;
  await using next = await CompiledServer.start({ dataDir });
  expect((await next.request('/api/v0/backups', { method: 'POST', body: {} })).status).toBe(201);
  expect(existsSync(join(dataDir, 'backup.unfinished'))).toBe(false);
  expect(readdirSync(join(dataDir, 'backups')).filter((each) => !each.endsWith('.backup'))).toEqual([]);
});

test('a backup of an earlier build is restored, and its operations do not go on', async () => {
  using directory = temporaryDirectory();
  const [earlier, dataDir] = [join(directory.path, 'earlier'), join(directory.path, 'restored')];
  mkdirSync(earlier, { mode: 0o700 });
  layOut('first-build', earlier, join(directory.path, 'events'));
  const store = readFileSync(join(earlier, 'store/data.mdb'));
  writeFileSync(join(directory.path, 'passphrase'), 'of the backup\n');
  const sealed = ['--passphrase-file', join(directory.path, 'passphrase')];
  const file = join(directory.path, 'earlier.backup');
  expect(commissaire('backup', '--data-dir', earlier, '--to', file, ...sealed)).toMatchObject({ code: 0 });
  // The backup did not upgrade what it read.
  expect(readFileSync(join(earlier, 'store/data.mdb')).equals(store)).toBe(true);
  expect(commissaire('restore', file, '--data-dir', dataDir)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('--passphrase-file'),
  });
  expect(commissaire('restore', file, '--data-dir', dataDir, ...sealed)).toMatchObject({ code: 0 });

  await using server = await CompiledServer.start({ dataDir });
  await server.logged(({ msg }) => msg.startsWith('ended operations: the server was restored'));
  const operations: unknown = await (await server.request('/api/v0/operations')).json();
  const asked = Array.isArray(operations) ? operations.filter(({ kind }) => kind !== 'bootstrap') : [];
  expect(new Set(asked.map(({ status }) => status))).toEqual(new Set(['finished', 'failed', 'cancelled']));
  const ended = asked.filter(({ reason }) => reason.startsWith('the server was restored from a backup of'));
  expect(ended.length).toBeGreaterThan(10);
  await server.kill('SIGTERM');
  expect(commissaire('db', 'check', '--data-dir', dataDir, '-o', 'json')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('"findings": []'),
  });
});

test('a restore that was killed between its two renames is completed by the next start', async () => {
  using directory = temporaryDirectory();
  const dataDir = join(directory.path, 'data');
  {
    await using server = await CompiledServer.start({ dataDir });
    await server.request(network('kept'), { method: 'PUT', body: { type: 'flannel_etcd', options: {} } });
    await server.kill('SIGTERM');
  }
  const file = join(directory.path, 'one.backup');
  expect(commissaire('backup', '--data-dir', dataDir, '--to', file)).toMatchObject({ code: 0 });
  const restored = commissaire('restore', file, '--data-dir', dataDir);
  expect(restored).toMatchObject({ code: 0, stdout: expect.stringContaining(`${dataDir}.before-restore-`) });
  // As it is in that moment: the old directory is away, and the new one is complete.
  renameSync(dataDir, `${dataDir}.restored`);
  await using server = await CompiledServer.launch([compiledExecutable(), 'serve', '--data-dir', dataDir], {
    cwd: directory.path,
    dataDir,
  }).listening();
  expect(await namesOf(server)).toContain('kept');
  expect(existsSync(`${dataDir}.restored`)).toBe(false);
});
