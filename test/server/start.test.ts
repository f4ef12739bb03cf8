import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { loadServerConfiguration } from '../../src/config/load.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { buildServices } from '../../src/server/services.ts';
import { openLmdbStore } from '../../src/store/lmdb.ts';
import { recordingLogger } from '../auth/support.ts';
import { silentPeer } from '../support/faulty-peer.ts';
import { startServer } from '../support/server.ts';
import { makeSshKey } from '../support/ssh-key.ts';
import { quickTemporaryDirectory, temporaryDirectory } from '../support/temporary.ts';
import { until } from '../support/until.ts';

/** A server that left an operation under way on a machine that says nothing, and a host that is still to be investigated. */
async function leaveWork(directory: string): Promise<string> {
  mkdirSync(directory);
  await using peer = await silentPeer();
  await using server = await startServer({ directory });
  const { address, port } = peer;
  const body = { remote_user: 'root', port, ssh_priv_key: makeSshKey().privateFile };
  const { status } = await server.request('PUT', `/api/v0/host/${address}`, body);
  expect(status).toBe(201);
  await until(() => peer.accepted > 0);
  return join(directory, 'data');
}

interface Line {
  call?: string;
  outcome: string;
  subscriptions: number;
  sleepers: number;
  listeners: number;
}

/** What came of starts of which each had something happen at another call to the store, until one had none left. */
async function runStarts(directory: string, mode: 'fails' | 'stops', seed: readonly string[]): Promise<Line[]> {
  const configurationFile = join(directory, 'commissaire.conf');
  const hooks = [{ name: 'all', filter: '*.*.*', url: 'http://127.0.0.1:1/' }];
  writeFileSync(configurationFile, JSON.stringify({ 'data-dir': join(directory, 'data'), hooks }), { mode: 0o600 });
  const script = fileURLToPath(new URL('./processes/starts.ts', import.meta.url));
  const child = spawn(process.execPath, [script, configurationFile, mode, ...seed]);
  const lines: Line[] = [];
  const errors: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(JSON.parse(line)));
  createInterface({ input: child.stderr }).on('line', (line) => errors.push(line));
  // By itself: a timer, a watcher or a connection that was left would keep it.
  expect(await once(child, 'close'), errors.join('\n')).toEqual([0, null]);
  return lines;
}

/** Calls that a start waits for and cannot do without. What is read within a transaction is not seen here. */
const needed = {
  'the first one': [
    'get store-upgrade',
    'list collection-versions',
    'finishRotation',
    'get audit_head',
    'list audit',
    'transact',
    'list operation-logs',
    'list operations-preparing',
    'list operations-running',
    'bounds',
  ],
  'one that takes up work': ['get operations', 'get operation-targets', 'list operation-hosts', 'get operation-locks'],
} as const;

describe.each(['the first one', 'one that takes up work'] as const)('of a start, %s', (which) => {
  test.each([
    { mode: 'fails', outcome: 'injected' },
    { mode: 'stops', outcome: 'asked to end' },
  ] as const)('nothing is left when it $mode at any call to the store', async ({ mode, outcome }) => {
    using directory = quickTemporaryDirectory();
    const seed = which === 'the first one' ? [] : [await leaveWork(join(directory.path, 'seed'))];
    const lines = await runStarts(directory.path, mode, seed);
    const left = { subscriptions: 0, sleepers: 0, listeners: 0 };
    for (const line of lines) expect(line).toMatchObject(left);
    expect(lines.at(-1)?.outcome).toBe('started');
    expect(new Set(lines.map((line) => line.outcome))).toEqual(new Set([outcome, 'started']));
    const ended = lines.filter((line) => line.outcome === outcome).map(({ call }) => call);
    expect(ended).toEqual(expect.arrayContaining([...needed[which]]));
  });
});

test('a hook whose secret cannot be read leaves no lock behind', async () => {
  using directory = temporaryDirectory();
  const dataDir = join(directory.path, 'data');
  const file = join(directory.path, 'commissaire.conf');
  const hook = {
    name: 'signed',
    filter: '*.*.*',
    url: 'http://127.0.0.1:1/',
    secret_file: join(directory.path, 'none'),
  };
  writeFileSync(file, JSON.stringify({ 'data-dir': dataDir, hooks: [hook] }), { mode: 0o600 });
  const configuration = loadServerConfiguration({ flags: { 'config-file': file }, environment: {} });
  await expect(buildServices(configuration, systemClock, recordingLogger())).rejects.toMatchObject({
    code: 'invalid_configuration',
    message: expect.stringContaining(`the secret file ${hook.secret_file} of a hook cannot be read`),
  });
  await openLmdbStore({ directory: dataDir, clock: systemClock }).close();
});
