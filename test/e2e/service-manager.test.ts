import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CompiledServer } from '../support/compiled.ts';
import { NotifySocket } from '../support/notify-socket.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { until } from '../support/until.ts';

/** Started as a service manager starts it, and watched as one watches it. */
async function managed(directory: string) {
  const socket = await NotifySocket.open(join(directory, 'notify'));
  const env = { NOTIFY_SOCKET: socket.name, WATCHDOG_USEC: '200000' };
  const dataDir = join(directory, 'data');
  mkdirSync(dataDir, { mode: 0o700 });
  return { socket, start: () => CompiledServer.start({ dataDir, env }), dataDir };
}

test('it says when it serves, that it lives, when it reloads, and when it stops', async () => {
  using directory = temporaryDirectory();
  const { socket, start } = await managed(directory.path);
  using _socket = socket;
  await using server = await start();
  const ready = await socket.told('READY', '1');
  // A store that is upgraded may take long: the server has asked for time before it opened it.
  expect(await socket.told('EXTEND_TIMEOUT_USEC', '60000000')).toBeLessThan(ready);
  expect(socket.messages[ready]?.get('STATUS')).toBe(`serving ${server.url}`);
  expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
  await socket.told('WATCHDOG', '1');
  for (const signal of ['SIGUSR1', 'SIGHUP'] as const) {
    socket.messages.length = 0;
    process.kill(server.pid, signal);
    expect(await socket.told('RELOADING', '1')).toBeLessThan(await socket.told('READY', '1'));
  }
  expect(await server.kill('SIGTERM')).toEqual({ code: 0, signal: null });
  const stopping = await socket.told('STOPPING', '1');
  expect(socket.messages[stopping]?.get('EXTEND_TIMEOUT_USEC')).toBe('90000000');
});

test('a program that a hook runs cannot speak for the server', async () => {
  using directory = temporaryDirectory();
  const { socket, start, dataDir } = await managed(directory.path);
  using _socket = socket;
  await (await start()).kill('SIGTERM');
  const file = join(dataDir, 'commissaire.conf');
  const seen = join(directory.path, 'environment');
  const hook = {
    name: 'environment',
    filter: 'cluster.*.*',
    command: ['/bin/sh', '-c', `env >${seen}.new && mv ${seen}.new ${seen}`],
  };
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), hooks: [hook] }));
  await using server = await start();
  expect((await server.request('/api/v0/cluster/web', { method: 'PUT', body: {} })).status).toBe(201);
  await until(() => Bun.file(seen).exists());
  expect(readFileSync(seen, 'utf8')).not.toMatch(/NOTIFY_SOCKET|WATCHDOG/);
});
