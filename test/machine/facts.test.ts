import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, release } from 'node:os';
import { expect, test } from 'vitest';
import { applicationId, checkRights, gatherFacts, parseFacts } from '../../src/machine/facts.ts';
import { endWith, sshPeer } from '../support/faulty-peer.ts';
import { withSshdFleet } from '../support/fleet.ts';
import { fleetTarget, peerTarget, wire } from '../support/ssh.ts';

const never = new AbortController().signal;
const bootId = '0d8a4cb4-3e0b-4a73-9d5b-1f2e5b0e7c11';
const common = ['cpus=4', 'memory=4026220', 'space=41932800', 'kernel=4.18.0', `boot_id=${bootId}`];
const expected = { cpus: 4, memory: 4_026_220, space: 41_932_800, kernel: '4.18.0', bootId, machineId: '' };
const printed = (...lines: string[]) => `${[...lines, ...common].join('\n')}\n`;

test.each([
  [
    'fedora',
    printed('os=fedora', 'os_version=41', 'os_family=', 'package_manager=dnf'),
    { os: 'fedora', osVersion: '41', osFamily: [], packageManagers: ['dnf'] },
  ],
  [
    'rhel',
    printed('os=rhel', 'os_version=9.4', 'os_family=fedora', 'package_manager=dnf', 'package_manager=yum'),
    { os: 'rhel', osVersion: '9.4', osFamily: ['fedora'], packageManagers: ['dnf', 'yum'] },
  ],
  [
    'centos',
    printed('os=centos', 'os_version=7', 'os_family=rhel fedora', 'package_manager=yum'),
    { os: 'centos', osVersion: '7', osFamily: ['rhel', 'fedora'], packageManagers: ['yum'] },
  ],
  [
    'debian',
    printed('os=debian', 'os_version=12', 'os_family=', 'package_manager=apt-get'),
    { os: 'debian', osVersion: '12', osFamily: [], packageManagers: ['apt-get'] },
  ],
  [
    'a fedora that boots from an ostree',
    printed('os=fedora', 'os_version=40', 'os_family=', 'atomic=yes', 'package_manager=rpm-ostree'),
    { os: 'atomic', osVersion: '40', osFamily: [], packageManagers: ['rpm-ostree'] },
  ],
  [
    'a machine whose os-release is missing, or says it in capitals and with "=" in it',
    printed('os=MyOS', 'os_version=1=2', 'os_family=  Like   THIS '),
    { os: 'myos', osVersion: '1=2', osFamily: ['like', 'this'], packageManagers: [] },
  ],
])('the facts of %s are read', (_name, output, facts) => {
  expect(parseFacts(output)).toEqual({ ...expected, ...facts });
});

test('what is missing or odd is filled in, as long as it can be', () => {
  expect(parseFacts(`noise\nmemory=1024\nboot_id=${bootId}\ncpus=\nspace=\n`)).toEqual({
    os: '',
    osVersion: '',
    osFamily: [],
    cpus: 1,
    memory: 1024,
    space: 0,
    kernel: '',
    bootId,
    machineId: '',
    packageManagers: [],
  });
});

test('a machine id is told in the form that systemd derives for this product, and not as it is', () => {
  const id = readFileSync('/etc/machine-id', 'utf8').trim();
  const derived = execFileSync('/usr/bin/systemd-id128', ['machine-id', `--app-specific=${applicationId}`], {
    encoding: 'utf8',
  });
  const facts = parseFacts(printed(`machine_id=${id}`));
  expect(facts?.machineId).toBe(derived.trim());
  expect(facts?.machineId).not.toBe(id);
});

test.each(['', 'uninitialized', 'x'.repeat(32), '0123'])('%j is no machine id', (id) => {
  expect(parseFacts(printed(`machine_id=${id}`))?.machineId).toBe('');
});

test.each([
  ['nothing', ''],
  ['a greeting', 'Welcome!\n'],
  ['no boot id', 'memory=1024\nboot_id=\n'],
  ['no memory', `memory=\nboot_id=${bootId}\n`],
])('%s is not taken for facts', (_name, output) => {
  expect(parseFacts(output)).toBeUndefined();
});

test.each(['1e999', 'Infinity', 'NaN', '-4026220', '4026220.5', '0x10', '9007199254740993', '', '9'.repeat(400)])(
  'memory of %s is none, and such counts of CPUs and space are not taken',
  (count) => {
    expect(parseFacts(`memory=${count}\nboot_id=${bootId}\n`)).toBeUndefined();
    expect(parseFacts(`memory=1024\nboot_id=${bootId}\ncpus=${count}\nspace=${count}\n`)).toMatchObject({
      cpus: 1,
      memory: 1024,
      space: 0,
    });
  },
);

test('what a machine says of itself is short, and holds no control characters', () => {
  const hostile = `\u001b]52;c;AAAA\u0007\u202e\u009b${'x'.repeat(900_000)}`;
  const texts = ['os', 'os_version', 'os_family', 'kernel', 'package_manager'].map((name) => `${name}=${hostile}`);
  const facts = parseFacts([...texts, 'memory=1024', `boot_id=${bootId}${hostile}`, ''].join('\n'));
  const { os = '', osVersion = '', osFamily = [], kernel = '', packageManagers = [], bootId: id = '' } = facts ?? {};
  for (const text of [os, osVersion, ...osFamily, kernel, ...packageManagers, id]) {
    expect(text).toMatch(/^[^\p{Cc}\p{Cf}]{1,255}$/u);
  }
  const many = Array.from({ length: 10_000 }, () => 'package_manager=dnf');
  expect(parseFacts([...many, 'memory=1024', `boot_id=${bootId}`, ''].join('\n'))?.packageManagers).toHaveLength(16);
});

test('this machine tells what /proc tells', async () => {
  await using link = wire();
  await using fleet = await withSshdFleet(1);
  const session = await link.dial(fleetTarget(fleet));
  const facts = await gatherFacts(session, never);
  const memory = /^MemTotal:\s+(\d+)/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1];
  expect(facts).toMatchObject({
    os: /^ID="?([^"\n]*)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1],
    cpus: cpus().length,
    memory: Number(memory),
    kernel: release(),
    bootId: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
  });
  expect(facts.space).toBeGreaterThan(0);
});

test('a machine that does not answer like a Linux system is told what is asked of it', async () => {
  await using link = wire();
  await using peer = await sshPeer({
    exec: (channel) => {
      channel.write('% Unknown command\n');
      channel.stderr.write('awk: not found\n');
      endWith(channel, 0);
    },
  });
  const session = await link.dial(peerTarget(peer));
  await expect(gatherFacts(session, never)).rejects.toMatchObject({
    code: 'command_failed',
    message: expect.stringContaining('awk: not found'),
    hint: expect.stringContaining('POSIX shell'),
  });
});

test.each([
  [0, 'passes'],
  [1, 'is told so'],
])('a remote user whose sudo ends with %i %s', async (exitCode, outcome) => {
  await using link = wire();
  await using peer = await sshPeer({ exec: (channel) => endWith(channel, exitCode) });
  const checked = checkRights(await link.dial(peerTarget(peer, 'operator')), never);
  if (outcome === 'passes') await checked;
  else await expect(checked).rejects.toMatchObject({ code: 'sudo_refused' });
  expect(peer.commands[0]).toBe('LC_ALL=C sudo -n true');
});
