import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { connect } from '../../src/client/connect.ts';
import { CompiledServer } from '../support/compiled.ts';
import { withSshdFleet } from '../support/fleet.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { until } from '../support/until.ts';

function clientOf({ url, username, password }: CompiledServer) {
  return connect({ endpoints: [url], credentials: { username, password } });
}

/** Two hosts, on which an operation runs a command one after the other: it says that it runs, and waits for a file. */
async function withCommand(directory: string, stopTimeout: string) {
  await using opened = new AsyncDisposableStack();
  const fleet = opened.use(await withSshdFleet(2));
  const dataDir = join(directory, 'data');
  const start = () => CompiledServer.start({ dataDir, args: ['--stop-timeout', stopTimeout] });
  const server = opened.use(await start());
  const client = clientOf(server);
  const key = readFileSync(fleet.key).toString('base64');
  for (const { address, port } of fleet.hosts)
    await client.hosts.create(address, { ssh_priv_key: key, remote_user: fleet.user, port });
  await until(async () => (await client.hosts.list()).every(({ status }) => status === 'disassociated'));
  await until(async () =>
    (await client.operations.list({ limit: 100 })).every(({ finished_at }) => finished_at !== ''),
  );
  const [running, go] = [join(directory, 'running'), join(directory, 'go')];
  const command = `touch '${running}'; until [ -e '${go}' ]; do sleep 0.05; done; echo finished`;
  const target = 'all';
  const { operation } = await client.operations.start({
    kind: 'exec',
    target,
    parameters: { command },
    strategy: { batch: 1 },
  });
  await until(() => existsSync(running));
  return { opened: opened.move(), fleet, server, start, id: operation.id, letGo: () => writeFileSync(go, '') };
}

test('SIGTERM waits for an attached command, whose outcome is kept; the next server continues', async () => {
  using directory = temporaryDirectory();
  const { opened, fleet, server, start, id, letGo } = await withCommand(directory.path, '10m');
  await using _opened = opened;
  const ended = server.kill('SIGTERM');
  await server.logged(({ msg }) => msg === 'stopping');
  expect((await fetch(`${server.url}/readyz`)).status).toBe(503);
  const refused = { kind: 'exec', target: `host:${fleet.hosts[0]?.address}`, parameters: { command: 'true' } };
  expect((await server.request('/api/v0/operations', { method: 'POST', body: refused })).status).toBe(503);
  letGo();
  expect(await ended).toEqual({ code: 0, signal: null });
  await using next = await start();
  const client = clientOf(next);
  await until(async () => (await client.operations.get(id)).finished_at !== '');
  const { status, results } = await client.operations.get(id);
  expect([status, results.map(({ state }) => state)]).toEqual(['finished', ['succeeded', 'succeeded']]);
});

test.each(['the time is over', 'a second signal'])(
  'when %s, the command is left, and its outcome is unknown',
  async (why) => {
    using directory = temporaryDirectory();
    const { opened, server, start, id, letGo } = await withCommand(
      directory.path,
      why === 'the time is over' ? '0' : '10m',
    );
    await using _opened = opened;
    const ended = server.kill('SIGTERM');
    await server.logged(({ msg }) => msg === 'stopping');
    if (why === 'a second signal') process.kill(server.pid, 'SIGTERM');
    expect(await ended).toEqual(
      why === 'the time is over' ? { code: 0, signal: null } : { code: null, signal: 'SIGTERM' },
    );
    letGo();
    await using next = await start();
    const client = clientOf(next);
    await until(async () => (await client.operations.get(id)).finished_at !== '');
    expect((await client.operations.get(id)).results[0]).toMatchObject({
      state: 'failed',
      error: { code: 'outcome_unknown' },
    });
  },
);
