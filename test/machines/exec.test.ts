import { expect, test } from 'vitest';
import { boots, commctl, eventually, fleet, on, outdate, processesOn, Site } from './site.ts';

const [first] = fleet.hosts;
if (first === undefined) throw new Error('the fleet is empty');

async function post(site: Site, path: string, body: Record<string, unknown>): Promise<{ id: string }> {
  const response = await site.server.request(`/api/v0/${path}`, { method: 'POST', body });
  const text = await response.text();
  if (!response.ok) throw new Error(`${path} was answered ${response.status}: ${text}`);
  const { id } = JSON.parse(text);
  return { id: String(id) };
}

function start(site: Site, kind: string, parameters: Record<string, unknown>, strategy: Record<string, unknown> = {}) {
  const target = `host:${fleet.hosts.map(({ address }) => address).join(',')}`;
  return post(site, 'operations', {
    kind,
    parameters,
    target,
    // A host counts as settled a moment before its bootstrap has let go of it.
    wait: true,
    strategy: { batch: '100%', max_failures: 9, ...strategy },
  });
}

async function printedEverywhere(site: Site, id: string, text: string): Promise<void> {
  for (const machine of fleet.hosts) {
    await eventually(async () => {
      const { bytes } = await site.client.operations.log(id, machine.address, 0);
      return Buffer.from(bytes).toString('utf8').includes(text) || undefined;
    });
  }
}

test('a command runs once on each of three machines and its output is told apart', async () => {
  await using site = await Site.open();
  const { id } = await start(site, 'exec', { command: 'hostname; id -un; cat', stdin: 'read\n' });
  const operation = await site.ended(id);
  expect(operation.status).toBe('finished');
  for (const machine of fleet.hosts) {
    expect(await site.log(id, machine)).toBe(`${(await on(machine, 'hostname')).trim()}\nroot\nread\n`);
  }
});

test.each([{ detached: false }, { detached: true }])(
  'cancelled at once by `commctl operation cancel --now`, %o leaves no process on any machine',
  async (more) => {
    await using site = await Site.open();
    const marker = `marker${crypto.randomUUID()}`;
    const command = `setsid sh -c 'sleep 500; : ${marker}' & sh -c 'trap "" TERM; while :; do sleep 1; done; : ${marker}' & echo begun; wait`;
    const { id } = await start(site, 'exec', { command, ...more });
    await printedEverywhere(site, id, 'begun');
    for (const machine of fleet.hosts) expect(await processesOn(machine, marker)).not.toBe('');
    await commctl(site, ['operation', 'cancel', '--now', id]);
    const operation = await site.ended(id);
    expect(operation.results.map(({ state, error }) => [state, error?.code])).toEqual(
      fleet.hosts.map(() => ['cancelled', 'cancelled']),
    );
    for (const machine of fleet.hosts) expect(await processesOn(machine, marker)).toBe('');
  },
);

test('as a user with sudo it runs as that user or as root, and as one without only as itself', async () => {
  const command = 'id -un; echo "$HOME"';
  await using allowed = await Site.open([first], 'operator');
  const asked = async (site: Site, parameters: Record<string, unknown>) => {
    const { id } = await post(site, 'operations', {
      kind: 'exec',
      parameters,
      target: `host:${first.address}`,
      wait: true,
    });
    const [result] = (await site.ended(id)).results;
    return { result, log: await site.log(id, first) };
  };
  expect((await asked(allowed, { command })).log).toBe('operator\n/home/operator\n');
  expect((await asked(allowed, { command, user: 'root' })).log).toBe('root\n/root\n');
  expect((await asked(allowed, { command, user: 'plain' })).log).toBe('plain\n/home/plain\n');
  expect((await asked(allowed, { command, detached: true })).log).toBe('operator\n/home/operator\n');

  await using refused = await Site.open([first], 'plain');
  expect((await asked(refused, { command })).log).toBe('plain\n/home/plain\n');
  for (const more of [{ user: 'root' }, { user: 'operator' }, { detached: true }]) {
    const { result, log } = await asked(refused, { command, ...more });
    expect(result).toMatchObject({ state: 'failed', error: { code: 'sudo_refused' } });
    expect(log).toBe('');
  }
  // Without root it can still be ended.
  const marker = `marker${crypto.randomUUID()}`;
  const sleeping = { command: `sh -c 'sleep 500; : ${marker}'; echo no` };
  const { id } = await post(refused, 'operations', {
    kind: 'exec',
    parameters: sleeping,
    target: `host:${first.address}`,
    wait: true,
  });
  await eventually(async () => (await processesOn(first, marker)) !== '' || undefined);
  await post(refused, `operation/${id}/cancel`, { now: true });
  expect((await refused.ended(id)).results).toMatchObject([{ state: 'cancelled', error: { code: 'cancelled' } }]);
  expect(await processesOn(first, marker)).toBe('');
});

test('a server that is killed during a command leaves an unknown outcome, and the command has run once', async () => {
  await using site = await Site.open();
  const count = `/tmp/count-${crypto.randomUUID()}`;
  const { id } = await start(site, 'exec', {
    command: `echo ran >>${count}; echo begun; sleep 3; echo ended >>${count}`,
  });
  await printedEverywhere(site, id, 'begun');
  await site.crash();
  await site.start();
  const operation = await site.ended(id);
  expect(operation.results.map(({ state, exit_code, error }) => [state, exit_code, error?.code])).toEqual(
    fleet.hosts.map(() => ['failed', null, 'outcome_unknown']),
  );
  for (const machine of fleet.hosts) {
    await eventually(async () => (await processesOn(machine, count)) === '' || undefined);
    expect(await on(machine, `cat ${count}`)).toMatch(/^ran\n(ended\n)?$/);
  }
});

test('paused, its server killed and started again, resumed: the other machines follow, each once', async () => {
  await using site = await Site.open();
  const path = `/var/log/count-${crypto.randomUUID()}`;
  const command = `echo ran >>${path}; until [ -e ${path}.go ]; do sleep 0.1; done`;
  const { id } = await start(site, 'exec', { command, detached: true }, { batch: 1 });
  const counts = async () => {
    const asked = fleet.hosts.map((machine) => on(machine, `cat ${path} 2>/dev/null || true`));
    return (await Promise.all(asked)).map((text) => text.split('\n').length - 1);
  };
  await eventually(async () => (await counts())[0] === 1 || undefined);
  await commctl(site, ['operation', 'pause', id]);
  await site.crash();
  await site.start();
  // What is in flight is finished; what was not begun waits, and says why.
  await on(first, `touch ${path}.go`);
  const paused = await site.until(id, ({ results }) => results[0]?.state === 'succeeded');
  expect([paused.status, paused.reason]).toEqual(['paused', 'paused by admin']);
  await site.crash();
  await site.start();
  expect((await site.operation(id)).status).toBe('paused');
  expect(await counts()).toEqual([1, 0, 0]);

  for (const machine of fleet.hosts) await on(machine, `touch ${path}.go`);
  await commctl(site, ['operation', 'resume', id]);
  expect((await site.ended(id)).status).toBe('finished');
  expect(await counts()).toEqual([1, 1, 1]);
});

test('a file is copied, facts are gathered and a reboot happens under their own names', async () => {
  await using site = await Site.open();
  const content = Buffer.from('the same everywhere\n').toString('base64');
  const { id } = await start(site, 'copy', { path: '/etc/commissaire-copied', content, mode: '0600' });
  expect((await site.ended(id)).status).toBe('finished');
  for (const machine of fleet.hosts) {
    expect(await on(machine, 'cat /etc/commissaire-copied; stat -c %a /etc/commissaire-copied')).toBe(
      'the same everywhere\n600\n',
    );
  }
  const before = fleet.hosts.map((machine) => boots(machine).length);
  expect((await site.ended((await start(site, 'reboot', {})).id)).status).toBe('finished');
  expect(fleet.hosts.map((machine) => boots(machine).length)).toEqual(before.map((count) => count + 1));
  expect((await site.ended((await start(site, 'facts', {})).id)).status).toBe('finished');
  for (const machine of fleet.hosts) {
    expect((await site.client.hosts.get(machine.address)).facts.boot_id).toBe(
      (await on(machine, 'cat /proc/sys/kernel/random/boot_id')).trim(),
    );
  }
});

test('an upgrade tells which packages it changed, and a reboot follows where one is needed', async () => {
  await outdate(1, fleet.hosts);
  await on(first, 'touch /run/reboot-required');
  await using site = await Site.open();
  const before = fleet.hosts.map((machine) => boots(machine).length);
  const { id } = await start(site, 'upgrade', {}, { reboot: 'if-needed' });
  const operation = await site.ended(id);
  expect(operation.results.map(({ state, exit_code }) => [state, exit_code])).toEqual(
    fleet.hosts.map(() => ['succeeded', 0]),
  );
  const changes = '- commissaire-sample:all 1.0\n+ commissaire-sample:all 2.0\n';
  for (const [index, machine] of fleet.hosts.entries()) {
    const needed = machine === first;
    expect(await site.log(id, machine)).toContain(
      `---- packages: - before, + after\n${changes}---- reboot needed: ${needed ? 'yes' : 'no'}\n`,
    );
    expect(boots(machine).length).toBe((before[index] ?? 0) + (needed ? 1 : 0));
  }
});
