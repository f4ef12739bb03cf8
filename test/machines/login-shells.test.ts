import { afterAll, beforeAll, expect, test } from 'vitest';
import type { FleetHost } from '../support/fleet.ts';
import { loginShells, noisyStartupFiles } from '../support/login-shells.ts';
import { boots, commctl, machines, on, Site } from './site.ts';

/** busybox is a shell only under the name of one. */
const paths = { ...loginShells, busybox: 'ash' };
const ours = Object.keys(loginShells).flatMap((shell, index) => {
  const machine = machines[index];
  return machine === undefined ? [] : [{ shell, machine }];
});
const everyMachine = (command: (machine: FleetHost, shell: string) => string) =>
  Promise.all(ours.map(({ machine, shell }) => on(machine, command(machine, shell))));

/** Each machine has one of the shells as the login shell of `operator`, with startup files that print. */
beforeAll(async () => {
  const files = Object.entries(noisyStartupFiles).map(
    ([name, text]) => `install -D -o operator /dev/stdin "$home/${name}" <<'END'\n${text}END`,
  );
  await everyMachine((_, shell) =>
    [
      'ln -sf /bin/busybox /usr/local/bin/ash',
      `usermod -s "$(command -v ${paths[shell as keyof typeof paths]})" operator`,
      'home=$(getent passwd operator | cut -d : -f 6)',
      ...files,
      'chown -R operator "$home"',
    ].join('\n'),
  );
});

afterAll(async () => {
  await everyMachine(
    () =>
      `home=$(getent passwd operator | cut -d : -f 6); usermod -s /bin/bash operator; cd "$home" && rm -rf ${Object.keys(noisyStartupFiles).join(' ')}`,
  );
});

test('machines are investigated, run commands, receive files and reboot, whatever the login shell and its startup files', async () => {
  const hosts = ours.map(({ machine }) => machine);
  await using site = await Site.open(hosts, 'operator');
  for (const { address, os } of await site.client.hosts.list())
    expect({ address, os }).toEqual({ address, os: 'debian' });

  for (const options of [[], ['--user', 'root'], ['--user', 'plain'], ['--detached']]) {
    const output = await commctl(site, [
      'exec',
      'cluster:web',
      ...options,
      '--no-fold',
      '--',
      `printf '%s\\n' 'a\\b !! $x'`,
    ]);
    expect(output.split('a\\b !! $x').length - 1, `${options.join(' ')}: ${output}`).toBe(hosts.length);
  }

  const path = `/srv/back\\slash 'quoted' !1`;
  const { operation } = await site.client.operations.start({
    kind: 'copy',
    target: 'cluster:web',
    parameters: { path, content: Buffer.from('content').toString('base64') },
    strategy: { batch: '100%' },
  });
  expect((await site.ended(operation.id)).results.map(({ state }) => state)).toEqual(hosts.map(() => 'succeeded'));
  expect(await everyMachine(() => `cat '${path.replaceAll("'", "'\\''")}'`)).toEqual(hosts.map(() => 'content'));

  const before = hosts.map(boots);
  const restart = await site.ended(await site.begin('restart', { strategy: { batch: hosts.length } }));
  expect(restart.results.map(({ state, error }) => ({ state, error }))).toEqual(
    hosts.map(() => ({ state: 'succeeded', error: null })),
  );
  for (const [index, host] of hosts.entries()) {
    expect(boots(host)).toEqual([...(before[index] ?? []), expect.any(String)]);
  }
});

test('a machine that an inhibitor keeps from rebooting fails, and the inhibitor is named', async () => {
  const [machine] = machines;
  if (machine === undefined) throw new Error('the fleet is empty');
  await on(
    machine,
    'systemd-run --quiet --unit=inhibitor systemd-inhibit --what=shutdown --mode=block --who=backup --why="a backup runs" sleep 600; until systemd-inhibit --list | grep -q backup; do sleep 0.1; done',
  );
  try {
    await using site = await Site.open([machine]);
    const before = boots(machine).length;
    const operation = await site.ended(await site.begin('restart'));
    expect(operation.results).toMatchObject([
      {
        state: 'failed',
        error: {
          code: 'command_failed',
          message: expect.stringMatching(
            /because of an inhibitor there: backup 0 root \d+ systemd-inhibit shutdown a backup runs block/,
          ),
        },
      },
    ]);
    expect(boots(machine).length).toBe(before);
  } finally {
    await on(machine, 'systemctl stop inhibitor');
  }
});

test('a sudo that wants a terminal is said to want one', async () => {
  const [machine] = machines;
  if (machine === undefined) throw new Error('the fleet is empty');
  await on(machine, 'echo "Defaults:operator requiretty" >/etc/sudoers.d/tty');
  try {
    await using site = await Site.open([machine], 'operator');
    expect(await site.client.hosts.get(machine.address)).toMatchObject({
      status: 'failed',
      error: expect.stringContaining('!requiretty'),
    });
  } finally {
    await on(machine, 'rm /etc/sudoers.d/tty');
  }
});
