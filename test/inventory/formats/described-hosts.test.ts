import { describe, expect, test } from 'vitest';
import { describedHosts } from '../../../src/inventory/formats/described-hosts.ts';

type Members = Record<string, unknown>;

interface Case {
  title: string;
  /** The path of the file; `-` for stdin. */
  name: string;
  text: string;
  hosts: [line: number, members: Members][];
  remarks?: [line: number, message: string][];
}

const cases: Case[] = [
  {
    title: 'a list in YAML',
    name: 'hosts.yaml',
    text: '- h[1-2]\n- address: 192.0.2.1\n  port: 2222\n  labels: {rack: 3}\n',
    hosts: [
      [1, { address: 'h[1-2]' }],
      [2, { address: '192.0.2.1', port: 2222, labels: { rack: 3 } }],
    ],
  },
  {
    title: 'a list in JSON',
    name: 'hosts.json',
    text: '["h1",\n {"address": "h2", "key": "keys/other"}]',
    hosts: [
      [1, { address: 'h1' }],
      [2, { address: 'h2', key: 'keys/other' }],
    ],
  },
  {
    title: 'a table, with quotes, empty fields and lines of Windows',
    name: 'hosts.csv',
    text: '\ufeffaddress,key,port,labels\r\nh1,keys/other,2222,"rack=3 note=a""b,c"\r\n\r\n"h2",key,,\r\nh3,key\r\n',
    hosts: [
      [2, { address: 'h1', key: 'keys/other', port: '2222', labels: 'rack=3 note=a"b,c' }],
      [4, { address: 'h2', key: 'key' }],
      [5, { address: 'h3', key: 'key' }],
    ],
  },
  {
    title: 'an inventory of Ansible in INI',
    name: 'inventory.ini',
    text: `# The site
h[3:4]
[web]
one ansible_host=192.0.2.1 ansible_port=2222   # the first
two:2200 ansible_host=192.0.2.2 ansible_ssh_private_key_file="keys/other" http_port=80
[web:vars]
ansible_user = deploy
[site:children]
web
[site:vars]
ansible_user=nobody
ansible_ssh_common_args='-o ProxyJump=gate -o ServerAliveInterval=5'
[gates]
gate ansible_host=jump.example.com
[all:vars]
ansible_ssh_private_key_file=key
`,
    hosts: [
      [2, { address: 'h3', key: 'key' }],
      [2, { address: 'h4', key: 'key' }],
      [
        4,
        {
          address: '192.0.2.1',
          name: 'one',
          remote_user: 'deploy',
          port: 2222,
          key: 'key',
          proxy_jump: 'jump.example.com',
        },
      ],
      [
        5,
        {
          address: '192.0.2.2',
          name: 'two',
          remote_user: 'deploy',
          port: 2200,
          key: 'keys/other',
          proxy_jump: 'jump.example.com',
        },
      ],
      [14, { address: 'jump.example.com', name: 'gate', key: 'key' }],
    ],
    remarks: [
      [4, 'not used: -o ServerAliveInterval=5 of ansible_ssh_common_args (2 hosts)'],
      [5, 'not used: the variable http_port (1 host)'],
    ],
  },
  {
    title: 'an inventory of Ansible in YAML',
    name: 'inventory.yml',
    text: `all:
  hosts:
    h[1:2]:
  vars:
    ansible_user: nobody
  children:
    web:
      hosts:
        one:
          ansible_host: 192.0.2.1
          ansible_port: 2222
        192.0.2.2:
      vars: {ansible_user: deploy}
`,
    hosts: [
      [3, { address: 'h1', remote_user: 'nobody' }],
      [3, { address: 'h2', remote_user: 'nobody' }],
      [9, { address: '192.0.2.1', name: 'one', remote_user: 'deploy', port: 2222 }],
      [12, { address: '192.0.2.2', remote_user: 'deploy' }],
    ],
    remarks: [],
  },
  {
    title: 'a configuration of ssh',
    name: 'config',
    text: `# mine
Host one
  HostName 192.0.2.1
  User=admin
Host two
  HostName 192.0.2.2
  Port 2222
  IdentityFile "keys/other"
  ProxyJump gate
Host gate
  HostName jump.example.com
Host * !gate
  User ops
`,
    hosts: [
      [2, { address: '192.0.2.1', name: 'one', remote_user: 'admin' }],
      [
        5,
        {
          address: '192.0.2.2',
          name: 'two',
          remote_user: 'ops',
          port: '2222',
          key: 'keys/other',
          proxy_jump: 'jump.example.com',
        },
      ],
      [10, { address: 'jump.example.com', name: 'gate' }],
    ],
  },
];

describe('the hosts are those of', () => {
  test.each(cases)('$title', async ({ name, text, hosts, remarks = [] }) => {
    const described = await describedHosts(text, name);
    const hostsAlone = described.hosts.map(({ line, members }) => ({ line, members }));
    expect({ remarks: [], ...described, hosts: hostsAlone }).toEqual({
      hosts: hosts.map(([line, members]) => ({ line, members })),
      faults: [],
      remarks: remarks.map(([line, message]) => ({ line, message })),
    });
  });

  test.each(cases.filter(({ name }) => name !== 'hosts.json'))('$title, told by its first word', async (each) => {
    expect(await describedHosts(each.text.replace('\ufeff', ''), '-')).toEqual(
      await describedHosts(each.text, each.name),
    );
  });
});

test('a host of an inventory has its groups, and those above them', async () => {
  const text = '[web]\nh1\n[eu:children]\nweb\n[db]\nh1\n[ungrouped]\nh2\n';
  const { hosts } = await describedHosts(text, 'hosts.ini');
  expect(hosts.map(({ groups, ownGroups }) => ({ groups, ownGroups }))).toEqual([
    { groups: ['db', 'eu', 'web'], ownGroups: ['db', 'web'] },
    { groups: undefined, ownGroups: undefined },
  ]);
});

const guesses: [title: string, text: string, addresses: string[]][] = [
  ['options before the first Host', 'ServerAliveInterval 30\nUser=ops\n\nHost a\n', ['a']],
  ['a quoted keyword', '"Host" a\n', ['a']],
  ['a configuration with a byte order mark', '\ufeffUser ops\nHost a\n', ['a']],
  [
    'an INI inventory whose first host is called host',
    'host ansible_user=ops\n[web]\nport ansible_port=7\n',
    ['host', 'port'],
  ],
];

test.each(guesses)('%s is told by the content', async (_, text, addresses) => {
  const { hosts, faults } = await describedHosts(text, 'hosts');
  expect({ faults, addresses: hosts.map(({ members }) => members.address) }).toEqual({ faults: [], addresses });
});

test('a format that is named counts more than the name of the file', async () => {
  const { hosts } = await describedHosts('Host a\n', 'hosts.ini', { format: 'ssh-config' });
  expect(hosts.map(({ members }) => members.address)).toEqual(['a']);
});

interface Mistake {
  name: string;
  text: string;
  faults: [line: number, message: string][];
}

const mistakes: Mistake[] = [
  {
    name: 'inventory',
    text: '$ANSIBLE_VAULT;1.1;AES256\n6162\n',
    faults: [
      [
        1,
        'the file is encrypted by ansible-vault, which only Ansible can read: ansible-inventory -i inventory --ask-vault-pass --list --yaml --output hosts.yml',
      ],
    ],
  },
  { name: 'hosts.yaml', text: 'seven', faults: [[1, 'it is no list of hosts']] },
  { name: 'hosts.csv', text: 'host,port\nh1,22\n', faults: [[1, 'no column is called "address"']] },
  {
    name: 'hosts.csv',
    text: 'address,port\n\nh1,22,web\n',
    faults: [[3, '3 fields, but the first line names 2 columns']],
  },
  {
    name: 'inventory.ini',
    text: "h1 ansible_connection=local\nh2 nonsense\nh3 ansible_user='{{ user }}'\nh4 ansible_ssh_common_args='-o ProxyCommand=\"nc h1\"'\n[a:vars]\nb\n",
    faults: [
      [2, '"nonsense" is not a variable: write it as KEY=VALUE'],
      [6, '"b" is not a variable: write it as KEY=VALUE'],
      [5, 'there is no section [a]'],
      [3, 'h3: ansible_user is a template, which only Ansible can fill in'],
      [4, 'h4: ansible_ssh_common_args has a ProxyCommand; name jump hosts with ProxyJump instead'],
    ],
  },
  {
    name: 'inventory.yaml',
    text: 'web: [h1]\ndb:\n  host:\n    h2:\n',
    faults: [
      [1, 'the group "web" is no object with hosts, vars or children'],
      [3, '"host" of the group "db" is none of hosts, vars and children'],
    ],
  },
  {
    name: 'config',
    text: 'Host h1\nHost h2\n  ProxyCommand nc %h %p\n',
    faults: [[2, 'h2 has a ProxyCommand that is no plain jump; name jump hosts with ProxyJump instead']],
  },
];

describe('what is wrong is told with its line', () => {
  test.each(mistakes)('$name $text', async ({ name, text, faults }) => {
    const described = await describedHosts(text, name);
    expect(described.faults).toEqual(faults.map(([line, message]) => ({ line, message })));
  });
});
