import { describe, expect, test } from 'vitest';
import { describedHosts } from '../../../../src/inventory/formats/described-hosts.ts';
import { nearby } from './nearby.ts';

interface Case {
  title: string;
  name: string;
  text: string;
  files?: Record<string, string>;
  /** Address, user and port of each host. */
  hosts: string[];
  /** With the line, and the file when it is another one. */
  remarks: string[];
}

const cases: Case[] = [
  {
    title: 'anchors, aliases and merge keys',
    name: 'inventory.yml',
    text: `web:
  hosts:
    h1: &login {ansible_user: deploy, ansible_port: 2222}
    h2: *login
    h3: {<<: *login, ansible_port: 022}
    h4: {<<: [{ansible_user: first}, *login]}
`,
    hosts: ['h1 deploy 2222', 'h2 deploy 2222', 'h3 deploy 18', 'h4 first 2222'],
    remarks: [],
  },
  {
    title: 'hosts as one text',
    name: 'inventory.yml',
    text: 'all:\n  hosts: h1\n  vars: {ansible_user: deploy}\n',
    hosts: ['h1 deploy -'],
    remarks: [],
  },
  {
    title: 'ports, ranges and IPv6',
    name: 'inventory.ini',
    text: '[2001:db8::1]:2200\n2001:db8::2\nh[08:10]:22\ndb-[a:c]\nr[1:9:4]\n',
    hosts: [
      ...['2001:db8::1 - 2200', '2001:db8::2 - -', 'h08 - 22', 'h09 - 22', 'h10 - 22'],
      ...['db-a - -', 'db-b - -', 'db-c - -', 'r1 - -', 'r5 - -', 'r9 - -'],
    ],
    remarks: [],
  },
  {
    title: 'priorities of groups',
    name: 'inventory.ini',
    text: '[a]\nh1\n[b]\nh1\n[a:vars]\nansible_group_priority=10\nansible_user=of-a\n[b:vars]\nansible_user=of-b\n',
    hosts: ['h1 of-a -'],
    remarks: [],
  },
  {
    title: 'a host without SSH',
    name: 'inventory.ini',
    text: 'localhost ansible_connection=local\nh1\n',
    hosts: ['h1 - -'],
    remarks: ['1: left out: localhost, because its ansible_connection is local, not ssh'],
  },
  {
    title: 'hosts without SSH, variables of many hosts, and aliases that are no names, each reason once',
    name: 'inventory.ini',
    text: 'a ansible_connection=local x=1\nb ansible_connection=local\nh1 x=1\nw.1 ansible_host=192.0.2.1\nw.2 ansible_host=192.0.2.2\n[all:vars]\ny=1\nansible_become=true\n',
    hosts: ['h1 - -', '192.0.2.1 - -', '192.0.2.2 - -'],
    remarks: [
      '1: not used: the variables ansible_become (5 hosts), x (2 hosts), y (5 hosts)',
      '1: left out: a, b, because its ansible_connection is local, not ssh',
      '1: not used as names, because the name of a host is spelled as a DNS name: w.1, w.2',
    ],
  },
  {
    title: 'a port that counts no more',
    name: 'inventory.ini',
    text: 'h1:2200\n[web]\nh1:2201\n',
    hosts: ['h1 - 2200'],
    remarks: ['3: not used: the port 2201 of h1, which stands in line 1 already'],
  },
  {
    title: 'arguments of ssh that are not used',
    name: 'inventory.ini',
    text: "h1 ansible_ssh_common_args='-F ./ssh/ssh-jump.cfg -C -o ServerAliveInterval=5'\n",
    hosts: ['h1 - -'],
    remarks: [
      '1: not read: the configuration ./ssh/ssh-jump.cfg that ansible_ssh_common_args names',
      '1: not used: -C, -o ServerAliveInterval=5 of ansible_ssh_common_args',
    ],
  },
  {
    title: 'a jump host with a user and a port',
    name: 'inventory.ini',
    text: "h1 ansible_ssh_common_args='-J admin@gate:2222'\n",
    hosts: ['h1 - - through gate'],
    remarks: ['1: not used: user admin and port 2222 of the jump host gate, because its own record says how to log in'],
  },
  {
    title: 'vaulted values that say nothing about the login',
    name: 'inventory.yml',
    text: 'all:\n  hosts:\n    h1:\n      db_password: !vault |\n        $ANSIBLE_VAULT;1.1;AES256\n        6162\n',
    hosts: ['h1 - -'],
    remarks: ['3: not used: the variable db_password (encrypted by ansible-vault, 1 host)'],
  },
  {
    title: 'files beside the inventory',
    name: 'inventory.ini',
    text: '[web]\nh1 ansible_port=1\nh2 ansible_port=2\n',
    files: {
      'ansible.cfg': '[defaults]\nremote_user = nobody\n',
      'group_vars/all.yml': 'ansible_user: deploy\n',
      'group_vars/all/vault.yml': '$ANSIBLE_VAULT;1.1;AES256\n6162\n',
      'group_vars/all/login.yml': 'ansible_user: operator\nhttp_port: 80\n',
      'group_vars/db.yml': 'ansible_user: nobody\n',
      'host_vars/h2.yml': 'ansible_port: 2222\n',
    },
    hosts: ['h1 operator 1', 'h2 operator 2222'],
    remarks: [
      'ansible.cfg:1: not read: what it says about logins is not used',
      'group_vars/all/vault.yml:1: not read: the file is encrypted by ansible-vault',
      'group_vars/all/login.yml:2: not used: the variable http_port (2 hosts)',
    ],
  },
];

describe('an inventory of Ansible has', () => {
  test.each(cases)('$title', async ({ name, text, files = {}, hosts, remarks }) => {
    const described = await describedHosts(text, name, { files: nearby(files) });
    expect(described.faults).toEqual([]);
    const shown = described.hosts.map(({ members: { address, remote_user = '-', port = '-', proxy_jump } }) =>
      [address, remote_user, port, ...(proxy_jump === undefined ? [] : ['through', proxy_jump])].join(' '),
    );
    expect(shown).toEqual(hosts);
    expect(described.remarks?.map(placed)).toEqual(remarks);
  });
});

interface Mistake {
  name: string;
  text: string;
  files?: Record<string, string>;
  faults: string[];
}

const mistakes: Mistake[] = [
  {
    name: 'inventory.yml',
    text: 'web:\n  hosts:\n    - h1\n    - h2\ndb:\n  hosts:\n    h3:\n',
    faults: [
      '2: "hosts" of the group "web" must be an object, not a list: end each name with ":" instead of beginning it with "-"',
    ],
  },
  { name: 'inventory.yml', text: 'all:\n  hosts:\n    h1: root\n', faults: ['3: the variables of h1 are no object'] },
  {
    name: 'inventory.yml',
    text: 'all:\n  hosts:\n    7:\n',
    faults: ['3: the name of a host is no text: put it in quotes'],
  },
  {
    name: 'inventory.yml',
    text: 'all: &all\n  children:\n    web: *all\n',
    faults: ['3: *all stands inside of what it repeats'],
  },
  {
    name: 'inventory.yml',
    text: 'all:\n  hosts:\n    h1: {ansible_user: !secret root}\n',
    faults: ['3: the tag !secret is not understood'],
  },
  {
    name: 'inventory.yml',
    text: 'plugin: amazon.aws.aws_ec2\nregions: [eu-central-1]\n',
    faults: ['1: this is the configuration of a plugin, which only Ansible can run'],
  },
  {
    name: 'inventory.ini',
    text: 'h[1-3]\n',
    faults: ['1: "h[1-3]" has a range that is neither [FIRST:LAST] nor [FIRST:LAST:STEP]'],
  },
  { name: 'inventory.ini', text: 'h[1:200000]\n', faults: ['1: "h[1:200000]" stands for more than 100,000 names'] },
  {
    name: 'inventory.ini',
    text: '[web]\nh1\n[web:vars]\nansible_group_priority=high\n',
    faults: ['4: ansible_group_priority is no whole number'],
  },
  {
    name: 'inventory.ini',
    text: '[a:children]\nb\n[b:children]\na\n',
    faults: ['4: the group "a" would be a child of itself'],
  },
  { name: 'inventory.ini', text: 'h1 ansible_user="root\n', faults: ['1: a quotation is not closed: "'] },
  {
    name: 'inventory.ini',
    text: '[web]\nh1\n',
    files: { 'group_vars/web.yml': '- h1\n' },
    faults: ['group_vars/web.yml:1: the file is no object with variables'],
  },
  {
    name: 'inventory.yml',
    text: 'all:\n  hosts:\n    db:\n  children:\n    db:\n',
    faults: ['3: db: a group has this name, too; put the host into a group'],
  },
];

describe('a file is refused with the line', () => {
  test.each(mistakes)('$name $text', async ({ name, text, files = {}, faults }) => {
    const described = await describedHosts(text, name, { files: nearby(files) });
    expect(described.faults.map(placed)).toEqual(faults);
  });
});

function placed({ file, line, message }: { file?: string; line: number; message: string }): string {
  return `${file === undefined ? '' : `${file}:`}${line}: ${message}`;
}
