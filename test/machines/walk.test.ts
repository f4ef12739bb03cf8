import { readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { connect } from '../../src/client/connect.ts';
import { installed } from '../e2e/support.ts';
import { CompiledServer } from '../support/compiled.ts';
import { type FleetHost, withSshdFleet } from '../support/fleet.ts';
import { Screen } from '../support/screen.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { boots, eventually, fleet, keptDown } from './site.ts';
import { passing, Recorder, type StandIn } from './walk/recorder.ts';

const sizes = { operator: { cols: 80, rows: 24 }, colleague: { cols: 120, rows: 40 } } as const;
const recorded = (who: keyof typeof sizes) => join(import.meta.dirname, 'walk', `${who}.screens`);

test('the first day and the failing run, as two people see them; `vitest -u` writes down what is seen now', async () => {
  using installation = installed();
  using home = temporaryDirectory();
  await using hosts = await withSshdFleet(30);
  const environment = { PATH: `${installation.directory}:/usr/bin:/bin`, HOME: home.path, TZ: 'UTC' };
  const network = hosts.hosts[0]?.address.replace(/\d+$/, '') ?? '';
  const port = hosts.hosts[0]?.port ?? 0;
  const standIns: StandIn[] = [
    [home.path, '/home/operator'],
    [network, '127.77.100.'],
    [String(port), '2200'],
    [new RegExp(`\\b${hostname()}\\b`, 'g'), 'jump'],
  ];
  await using one = await Screen.open({ ...sizes.operator, environment, cwd: home.path });
  await using other = await Screen.open({ ...sizes.colleague, environment, cwd: home.path });
  const operator = new Recorder(one, standIns, passing);
  const colleague = new Recorder(other, standIns, passing);
  const both = async (line: string) => {
    await operator.types(line);
    await colleague.types(line);
  };

  operator.notes('A site is made, and its server started.');
  await one.run('commissaire init --data-dir site --write-client-config');
  const password = printed(one.lines, 'password');
  const fingerprint = printed(one.lines, 'fingerprint');
  standIns.push([password, 'the-first-password'], [fingerprint, 'AA:BB:CC']);
  operator.sees();
  await using _server = await CompiledServer.launch(
    [installation.command('commissaire'), 'serve', '--data-dir', join(home.path, 'site')],
    { cwd: home.path, dataDir: join(home.path, 'site') },
  ).listening();
  await operator.types('commctl login', { 'Password: ': `${password}\r` });
  await operator.types('commctl whoami');
  await operator.types('commctl host list');

  operator.notes('An inventory of Ansible is imported.');
  writeFileSync(join(home.path, 'hosts.ini'), inventory(hosts, network));
  await operator.types('commctl host create --file hosts.ini --groups clusters --dry-run');
  await operator.types('commctl host create --file hosts.ini --groups clusters');
  const client = connect({
    endpoints: ['https://127.0.0.1:8000'],
    credentials: { username: 'admin', password },
    trust: { certificateAuthority: readFileSync(join(home.path, 'site/ca.pem'), 'utf8') },
  });
  await eventually(async () => {
    const operations = await client.operations.list({ limit: 1000 });
    return operations.every(({ finished_at }) => finished_at !== '') || undefined;
  });
  await operator.types('commctl host create --file hosts.ini --groups clusters');
  await both('commctl cluster list');
  await both('commctl host list');
  await both('commctl operation list');

  operator.notes('A command, and one that fails on some hosts.');
  await operator.types('commctl exec web -- echo here');
  await operator.types('commctl exec cluster:web -- echo here');
  const failing = `case "$SSH_CONNECTION" in *.7\\ *) echo "bind: address in use" >&2; exit 3;; esac; echo reloaded`;
  await operator.types(`commctl exec all -- '${failing}'`);
  await both('commctl operation list');
  await both('commctl operation get last');
  await both('commctl operation log --failed last');

  operator.notes('A rolling restart of real machines, which a colleague pauses, resumes and cancels.');
  await both('commctl cluster restart start metal --plan');
  const before = fleet.hosts.map((machine) => boots(machine).length);
  // A machine may boot in less time than a screen needs to show that it reboots.
  const [down1, down2] = fleet.hosts;
  using first = keptDown(down1 ?? { root: null });
  using second = keptDown(down2 ?? { root: null });
  const rollout = one.begin('commctl cluster restart start metal --wait');
  await one.shows('rebooting');
  await colleague.types('commctl operation pause last');
  await one.shows('paused by admin');
  first[Symbol.dispose]();
  await one.shows(/\.11 +succeeded/);
  await colleague.types('commctl operation resume last');
  await one.shows(/\.12 +rebooting/);
  await colleague.types('commctl operation cancel last');
  second[Symbol.dispose]();
  operator.sees(await rollout.ended);
  await both('commctl operation get last');
  await operator.types('commctl operation retry last --wait');
  const rebooted = fleet.hosts.map((machine, index) => boots(machine).length - (before[index] ?? 0));
  expect(rebooted).toEqual([1, 1, 1]);
  await both('commctl operation list');

  operator.notes('What is dangerous is asked about.');
  await operator.types('commctl cluster restart start metal --batch 100%', { 'Continue?': 'n\r' });

  operator.notes('Another colleague gets few rights.');
  await one.run('commissaire user add carol --generate --data-dir site');
  const ofCarol = printed(one.lines, 'password');
  standIns.push([ofCarol, 'the-password-of-carol']);
  operator.sees();
  await operator.types('commctl role-binding create carol viewer user:carol');
  using homeOfCarol = temporaryDirectory();
  await using third = await Screen.open({
    ...sizes.colleague,
    environment: { ...environment, HOME: homeOfCarol.path },
    cwd: homeOfCarol.path,
  });
  standIns.push([homeOfCarol.path, '/home/carol']);
  const carol = new Recorder(third, standIns, passing);
  carol.notes('A colleague with few rights.');
  await carol.types('commctl login https://127.0.0.1:8000 --username carol', {
    '[y/N]': 'y\r',
    'Password: ': `${ofCarol}\r`,
  });
  await carol.types('commctl whoami');
  await carol.types('commctl host list --limit 3');
  await carol.types('commctl exec cluster:web -- reboot');
  await carol.types('commctl operation cancel last');

  await expect(operator.text).toMatchFileSnapshot(recorded('operator'));
  await expect(colleague.text + carol.text).toMatchFileSnapshot(recorded('colleague'));
});

/** 30 hosts with an sshd and one without, and three machines, as an inventory of Ansible has them. */
function inventory(
  hosts: { readonly hosts: readonly FleetHost[]; readonly key: string; readonly user: string },
  network: string,
): string {
  const named = hosts.hosts.map(
    ({ address, port }, index) =>
      `web${String(index + 1).padStart(2, '0')} ansible_host=${address} ansible_port=${port}`,
  );
  return [
    '[web]',
    ...named,
    `web31 ansible_host=${network}250 ansible_port=1`,
    '[web:vars]',
    `ansible_user=${hosts.user}`,
    `ansible_ssh_private_key_file=${hosts.key}`,
    'http_port=8080',
    '[metal]',
    ...fleet.hosts.map(({ address }, index) => `metal${index + 1} ansible_host=${address}`),
    '[metal:vars]',
    'ansible_user=root',
    `ansible_ssh_private_key_file=${fleet.key}`,
    '',
  ].join('\n');
}

/** What a command printed behind a label. */
function printed(lines: readonly string[], label: string): string {
  return lines.find((line) => line.startsWith(`${label}: `))?.slice(label.length + 2) ?? '';
}
