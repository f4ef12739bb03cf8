import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { describedHosts } from '../../../../src/inventory/formats/described-hosts.ts';
import { temporaryDirectory } from '../../../support/temporary.ts';

/** The variables of a host, in YAML. */
const accepted: readonly string[] = [
  'ansible_ssh_common_args: -J gate',
  'ansible_ssh_common_args: -Jgate',
  'ansible_ssh_common_args: -vJ gate',
  'ansible_ssh_common_args: "-o ProxyJump=gate"',
  'ansible_ssh_common_args: "-oProxyJump=gate,gate2"',
  `ansible_ssh_common_args: '-o "ProxyJump gate"'`,
  'ansible_ssh_common_args: -o proxyjump=gate -o ProxyJump=other',
  'ansible_ssh_common_args: -o ProxyJump=none',
  'ansible_ssh_common_args: -o ProxyCommand=none -o ProxyJump=gate',
  `ansible_ssh_common_args: -o ProxyJump=gate -o 'ProxyCommand=nc %h %p'`,
  'ansible_ssh_common_args: -J admin@gate',
  'ansible_ssh_common_args: -J admin@gate:2222',
  'ansible_ssh_common_args: "-J [2001:db8::1]:2222"',
  'ansible_ssh_common_args: -J ssh://gate:2222',
  'ansible_ssh_common_args: -F /dev/null',
  'ansible_ssh_common_args: -i my-job-key',
  'ansible_ssh_common_args: -i my-job-key, ansible_ssh_private_key_file: own-key',
  'ansible_ssh_common_args: -o UserKnownHostsFile=known-hosts-japan',
  'ansible_ssh_common_args: -o UserKnownHostsFile=/dev/null -J gate',
  'ansible_ssh_common_args: -E my-Jlog -c aes128-ctr',
  'ansible_ssh_common_args: -p 2200',
  'ansible_ssh_common_args: -p 2200, ansible_port: 22',
  'ansible_ssh_args: -p 2200, ansible_port: 22',
  'ansible_ssh_common_args: -l deploy',
  'ansible_ssh_common_args: -l deploy, ansible_user: root',
  'ansible_ssh_args: -o User=deploy, ansible_user: root',
  'ansible_ssh_args: -C -J gate',
  'ansible_ssh_extra_args: -4J gate',
  'ansible_ssh_common_args: -o HostName=192.0.2.9',
  'ansible_user: one, ansible_ssh_user: two',
  'ansible_port: 22, ansible_ssh_port: "2222"',
  'ansible_host: 192.0.2.1, ansible_ssh_host: 192.0.2.2',
  'ansible_private_key_file: one, ansible_ssh_private_key_file: two',
  'ansible_ssh_host: 192.0.2.2, ansible_ssh_port: 2222, ansible_ssh_user: admin',
  'ansible_host: ~, ansible_user: ~, ansible_port: ~',
  "ansible_user: ''",
  'ansible_user: 1000',
];

/** Each with what the fault says. */
const refused: readonly (readonly [variables: string, message: string])[] = [
  ['ansible_ssh_common_args: -J gate -J gate2', 'ansible_ssh_common_args: ssh takes no "-J gate2" after "-J gate"'],
  ['ansible_ssh_common_args: -o ProxyCommand=none -J gate', 'ssh takes no "-J gate" after "-o ProxyCommand=none"'],
  ['ansible_ssh_common_args: -J', 'ansible_ssh_common_args: the option -J has no value'],
  ['ansible_ssh_common_args: -r', 'ansible_ssh_common_args: "-r" is no option of ssh'],
  ["ansible_ssh_common_args: '-o \"ProxyJump=gate'", 'ansible_ssh_common_args: a quotation is not closed: "'],
  ['ansible_ssh_common_args: -J user@:22', '"user@:22" is no jump host: write [USER@]HOST[:PORT]'],
];

/** What only commctl refuses, because no record of a host can say it. */
const beyond: readonly (readonly [variables: string, message: string])[] = [
  [
    `ansible_ssh_common_args: -o 'ProxyCommand=ssh -W %h:%p gate'`,
    'ansible_ssh_common_args has a ProxyCommand; name jump hosts with ProxyJump instead',
  ],
  ["ansible_user: '{{ user }}'", 'ansible_user is a template, which only Ansible can fill in'],
  ["ansible_connection: '{{ how }}'", 'ansible_connection is a template, which only Ansible can fill in'],
  ["ansible_ssh_common_args: '-J {{ gate }}'", 'ansible_ssh_common_args is a template, which only Ansible can fill in'],
  ['ansible_user: !vault text', 'ansible_user is encrypted by ansible-vault, which only Ansible can read'],
  ['ansible_user: yes', 'ansible_user is neither a text nor a whole number'],
  ['ansible_port: [22]', 'ansible_port is neither a text nor a whole number'],
  ['ansible_connection: mine', 'its ansible_connection "mine" is not known'],
  ["ansible_host: ''", '"" is no address'],
  ["ansible_host: 'a,b'", '"a,b" is no address'],
];

/** Whom ssh logs in as when it is told nobody. */
const self = execFileSync('id', ['-un'], { encoding: 'utf8' }).trim();

const cases = [...accepted, ...refused.map(([variables]) => variables)];

describe('a login is the one that Ansible has ssh make', () => {
  let made: ReadonlyMap<string, string>;
  beforeAll(() => {
    made = loginsOfAnsible();
  });

  test.each(accepted)('%s', async (variables) => {
    const name = nameOf(variables);
    const { hosts, faults } = await describedHosts(inventoryOf([name]), 'inventory.yml');
    expect(faults).toEqual([]);
    expect(hosts.map(({ members }) => shown(members))).toEqual([made.get(name)]);
  });

  test.each(refused)('which ssh refuses: %s', async (variables, message) => {
    const name = nameOf(variables);
    const { faults } = await describedHosts(inventoryOf([name]), 'inventory.yml');
    expect(faults).toEqual([{ line: 3, message: expect.stringContaining(message) }]);
    expect(made.get(name)).toBe('');
  });
});

test.each(beyond)('which no host record can say: %s', async (variables, message) => {
  const { faults } = await describedHosts(`all:\n  hosts:\n    h1: {${variables}}\n`, 'inventory.yml');
  expect(faults).toEqual([{ line: 3, message: expect.stringContaining(`h1: ${message}`) }]);
});

function nameOf(variables: string): string {
  return `case${cases.indexOf(variables)}`;
}

function inventoryOf(names: readonly string[]): string {
  const hosts = names.map((name) => `    ${name}: {${cases[Number(name.slice('case'.length))]}}\n`);
  return `all:\n  hosts:\n${hosts.join('')}`;
}

/** Ansible runs an ssh that only prints what it would do; an empty text where it refuses that. */
function loginsOfAnsible(): Map<string, string> {
  using directory = temporaryDirectory();
  const at = (name: string) => join(directory.path, name);
  writeFileSync(at('ssh'), `#!/bin/sh\nfor name; do :; done\nssh -G -F none "$@" >'${directory.path}'/"$name"\n`);
  chmodSync(at('ssh'), 0o755);
  writeFileSync(at('ansible.cfg'), '');
  writeFileSync(at('my-job-key'), 'ssh passes over a file that is not there');
  const names = cases.map(nameOf);
  writeFileSync(at('inventory.yml'), inventoryOf(names));
  const words = ['all', '-i', at('inventory.yml'), '-f', '4', '-m', 'raw', '-a', '{{ inventory_hostname }}'];
  const { error } = spawnSync('/usr/bin/ansible', words, {
    cwd: directory.path,
    env: {
      PATH: process.env.PATH,
      HOME: directory.path,
      LC_ALL: 'C.UTF-8',
      ANSIBLE_CONFIG: at('ansible.cfg'),
      ANSIBLE_SSH_EXECUTABLE: at('ssh'),
    },
  });
  expect(error).toBeUndefined();
  return new Map(names.map((name) => [name, existsSync(at(name)) ? printed(readFileSync(at(name), 'utf8')) : '']));
}

/** What `ssh -G` prints, as far as a host record has it. */
function printed(text: string): string {
  if (text === '') return '';
  const value = (keyword: string) => new RegExp(`^${keyword} (.*)$`, 'm').exec(text)?.[1];
  const key = value('identityfile');
  return loginText({
    address: value('hostname'),
    user: value('user'),
    port: value('port'),
    key: key?.startsWith('~/.ssh/') ? undefined : key,
    jump: value('proxyjump')
      ?.split(',')
      .map((hop) => hop.replace(/^.*@/, '').replace(/^\[(.*)\]:\d+$|^([^:]*):\d+$/, '$1$2'))
      .join(','),
  });
}

function shown({ address, remote_user, port, key, proxy_jump }: Readonly<Record<string, unknown>>): string {
  const jump = proxy_jump === 'none' ? undefined : proxy_jump;
  return loginText({ address, user: remote_user ?? self, port: port ?? 22, key, jump });
}

function loginText(settings: Readonly<Record<string, unknown>>): string {
  return Object.entries(settings)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
}
