import { describe, expect, test } from 'vitest';
import { sshConfigHosts } from '../../../src/inventory/formats/ssh-config-hosts.ts';
import { client } from './ssh-config/client.ts';

type Members = Record<string, unknown>;

interface Case {
  title: string;
  text: string;
  files?: Record<string, string>;
  hosts: Members[];
  remarks?: string[];
}

const alice = { remote_user: 'alice' };

const cases: Case[] = [
  {
    title: 'the first of ProxyCommand and ProxyJump wins',
    text: 'Host bastion\n ProxyCommand none\nHost web\nHost *\n ProxyJump bastion\n',
    hosts: [
      { address: 'bastion', ...alice, proxy_jump: 'none' },
      { address: 'web', ...alice, proxy_jump: 'bastion' },
    ],
  },
  {
    title: 'a remark at the end of a line names no host, a # inside a word does',
    text: 'User ops # for all\nHost a b # the first two\n HostName 192.0.2.1\nHost c\n HostName c-1 # x\n',
    hosts: [
      { address: '192.0.2.1', name: 'a', remote_user: 'ops' },
      { address: 'c-1', name: 'c', remote_user: 'ops' },
    ],
    remarks: ['2: not used: the name b, because 192.0.2.1 has the name a'],
  },
  {
    title: 'every identity file in the order of ssh, expanded',
    text: `Host a\n HostName %h.example.com\n IdentityFile %d/%n\n IdentityFile "~/k %r"\nHost *\n IdentityFile /k/\${SITE}-%l\n IdentityFile none\n`,
    hosts: [
      {
        address: 'a.example.com',
        name: 'a',
        ...alice,
        key: ['/home/alice/a', '/home/alice/k alice', '/k/north-jump.example.com'],
      },
    ],
  },
  {
    title: 'users and ports of jump hosts that agree with their own blocks',
    text: 'Host a\n ProxyJump ssh://ops@gate:2222,[2001:db8::1]\nHost gate\n HostName 192.0.2.9\n User ops\n Port 2222\nHost v6\n HostName 2001:DB8::1\n',
    hosts: [
      { address: 'a', ...alice, proxy_jump: '192.0.2.9,2001:db8::1' },
      { address: '192.0.2.9', name: 'gate', remote_user: 'ops', port: '2222' },
      { address: '2001:db8::1', name: 'v6', ...alice },
    ],
  },
  {
    title: 'a jump host of which only a pattern or the inventory knows',
    text: 'Host a\n ProxyJump gate7\nHost gate?\n HostName %h.example.com\n User ops\n Port 2222\n',
    hosts: [{ address: 'a', ...alice, proxy_jump: 'gate7.example.com' }],
    remarks: [
      '2: gate7 is no host of this file; unless it is registered: commctl host create --port 2222 --remote-user ops gate7.example.com KEY_FILE',
      '3: gate? names no host: hosts that only this pattern describes are not registered',
    ],
  },
  {
    title: 'a ProxyCommand that is a jump',
    text: 'Host a\n ProxyCommand ssh -q -W %h:%p gate\nHost b\n ProxyCommand exec /usr/bin/ssh gate -l alice -p 22 -W "[%h]:%p"\nHost gate\n',
    hosts: [
      { address: 'a', ...alice, proxy_jump: 'gate' },
      { address: 'b', ...alice, proxy_jump: 'gate' },
      { address: 'gate', ...alice },
    ],
  },
  {
    title: 'Include: patterns, below ~/.ssh, nested, inside a block',
    text: 'Include conf.d/*.conf\nHost b\n Include /etc/more ~/.ssh/none\nHost c\n',
    files: {
      '/home/alice/.ssh/conf.d/2.conf': 'Port 2\n',
      '/home/alice/.ssh/conf.d/1.conf': 'Host a\n Port 1\n Include deep/x\n',
      '/home/alice/.ssh/conf.d/.hidden.conf': 'User hidden\n',
      '/home/alice/.ssh/deep/x': 'User deep\n',
      '/etc/more': 'Port 7\nHost c\n User more\n',
    },
    hosts: [
      { address: 'a', remote_user: 'deep', port: '1' },
      { address: 'b', ...alice, port: '2' },
      { address: 'c', ...alice, port: '2' },
    ],
    remarks: ['3: Include ~/.ssh/none: there is no file /home/alice/.ssh/none'],
  },
  {
    title: 'Match',
    text: 'Host a\n HostName b\nMatch host b,c user alice\n Port 7\nMatch final originalhost a\n User last\nMatch localuser !alice,*\n Port 9\n',
    hosts: [{ address: 'b', name: 'a', remote_user: 'last', port: '7' }],
  },
  {
    title: 'a negated name, and keywords that no host record has',
    text: 'Host a !a b\n ForwardAgent yes\n Compression=yes\nHost c\n forwardagent no\n',
    hosts: [
      { address: 'b', ...alice },
      { address: 'c', ...alice },
    ],
    remarks: [
      '1: a is not registered: this Host line never applies to it',
      '2: not used: ForwardAgent (lines 2, 5), Compression (line 3)',
    ],
  },
];

describe('hosts are read as ssh reads them', () => {
  test.each(cases)('$title', async ({ text, files, hosts, remarks = [] }) => {
    const found = await sshConfigHosts(text, client(files));
    expect(found.faults).toEqual([]);
    expect(found.hosts.map(({ members }) => members)).toEqual(hosts);
    expect(found.remarks?.map(({ line, message }) => `${line}: ${message}`)).toEqual(remarks);
  });

  test('the line is in the included file', async () => {
    const files = { '/x': '\nHost a\nPort 0\n' };
    const found = await sshConfigHosts('Include /x', client(files));
    expect(found.hosts).toMatchObject([{ file: '/x', line: 2 }]);
    expect(found.faults).toEqual([{ file: '/x', line: 3, message: '"0" is no port' }]);
  });

  test('the user that was given applies where the file names none', async () => {
    const found = await sshConfigHosts('Host a\nHost b\n User ops\n', { ...client(), remoteUser: 'deploy' });
    expect(found.hosts.map(({ members }) => members.remote_user)).toEqual(['deploy', 'ops']);
  });
});

const mistakes: [text: string, faults: string[]][] = [
  ['Hots a\n', ['1: "Hots" is no keyword of ssh_config(5)']],
  ['IgnoreUnknown Hots,x*\nHots a\nXy z\n', []],
  ['Host a\n HostName\n', ['2: HostName has no value']],
  ['Host a\n HostName b c\n', ['2: HostName takes one value; put one with blanks into quotes']],
  ['Host "a\n', ['1: a quotation is not closed']],
  ['Host a,b\n', ['1: "a,b" is one name for ssh: separate names by blanks']],
  ['Host a\n HostName %n\n', ['2: %n in "%n" cannot be expanded here']],
  ['Host a\n HostName web[1-3]\n', ['1: "web[1-3]" is not an IPv4 or IPv6 address or a DNS name']],
  ['Host a\n IdentityFile ~bob/k\n', ['1: ~bob/k is in the home directory of another user: write its path out']],
  [`Host a\n IdentityFile \${NONE}\n`, [`1: \${NONE} in "\${NONE}" is not set`]],
  [
    'Host a\n ProxyCommand nc %h %p\n',
    ['1: a has a ProxyCommand that is no plain jump; name jump hosts with ProxyJump instead'],
  ],
  [
    'Host a\n ProxyJump none # direct\n',
    ['2: ssh takes this "none" for a jump host: write ProxyJump none alone on its line'],
  ],
  ['Host a\n ProxyJump b c\n', ['2: ProxyJump b c: separate jump hosts by commas, without blanks']],
  [
    'Host a\n ProxyJump 2001:db8::1\n',
    ['2: "2001:db8::1" is no jump host: write [USER@]HOST[:PORT], an IPv6 address in brackets'],
  ],
  [
    'Host a\n ProxyJump u@b\nHost b\n',
    ['2: a goes through b as u on port 22, but line 3 registers it as alice on port 22'],
  ],
  [
    'Host gate a\nHost *\n ProxyJump gate\n',
    ['3: the jump hosts of gate lead back to gate: write "ProxyJump none" into the Host block of gate'],
  ],
  [
    'Host a\n CanonicalizeHostname yes\n',
    ['1: a: CanonicalizeHostname asks the DNS, which an import never does; write its HostName'],
  ],
  [
    'Host a\nMatch host a exec "touch /tmp/x"\n',
    ['2: Match exec runs a command, which an import never does: write the lines into Host blocks'],
  ],
  ['Host a\nMatch host b exec "touch /tmp/x"\n', []],
  ['Host a\nMatch tagged x\n', ['2: Match tagged cannot be judged here: write the lines into Host blocks']],
  [`Include \${SITE}/x\n`, [`1: Include \${SITE}/x: write the path out, not every ssh expands it`]],
  ['Include /loop\n', ['1: the files include each other too deeply']],
];

describe('what ssh refuses, and what is not understood, is a fault', () => {
  test.each(mistakes)('%j', async (text, faults) => {
    const found = await sshConfigHosts(text, client({ '/loop': 'Include /loop' }));
    expect(found.faults.map(({ line, message }) => `${line}: ${message}`)).toEqual(faults);
  });

  test('Include and local users without a client', async () => {
    const { faults } = await sshConfigHosts('Include x\nHost a\nMatch localuser root\n');
    expect(faults.map(({ line }) => line)).toEqual([1, 3]);
    expect(faults[0]?.message).toMatch(/^Include cannot be followed here: /);
  });
});

const commands = [
  'nc %h %p',
  'ssh gate nc %h %p',
  'ssh -W %h:22 gate',
  'ssh -W %h:%p gate; true',
  'ssh -F other -W %h:%p gate',
  'ssh -i key -W %h:%p gate',
  'ssh -o User=x -W %h:%p gate',
  'ssh -W %h:%p gate $(x)',
  'ssh -l a -W %h:%p b@gate',
  'ssh -W %h:%p gate:22',
  'ssh -W %h:%p',
  'sshpass -p x ssh -W %h:%p gate',
];

test.each(commands)('ProxyCommand %s is no plain jump', async (command) => {
  const { hosts, faults } = await sshConfigHosts(`Host a\n ProxyCommand ${command}\n`, client());
  expect({ hosts, faults: faults.length }).toEqual({ hosts: [], faults: 1 });
});
