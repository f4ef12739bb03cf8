import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryDirectory } from '../support/temporary.ts';
import { commctl } from './support/commctl.ts';
import { TestServer } from './support/server.ts';

const files: Readonly<Record<string, string>> = {
  'hosts.ini':
    '[web]\nweb1 ansible_ssh_host=192.0.2.1 http_port=80\nlocalhost ansible_connection=local\n[web:vars]\nansible_user=nobody\n',
  'group_vars/web.yml': 'ansible_user: deploy\nansible_ssh_common_args: -F ./ssh-jump.cfg -i my-job-key\n',
  'host_vars/web1/port.yaml': 'ansible_port: 2222\n',
  'group_vars/all/vault': '$ANSIBLE_VAULT;1.1;AES256\n6162\n',
  'my-job-key': '-----BEGIN OPENSSH PRIVATE KEY-----\n',
};

async function create(name: string, changed: Readonly<Record<string, string>> = {}) {
  using directory = temporaryDirectory();
  for (const [path, text] of Object.entries({ ...files, ...changed })) {
    mkdirSync(dirname(join(directory.path, path)), { recursive: true });
    writeFileSync(join(directory.path, path), text);
  }
  using server = new TestServer({ 'PUT /api/v0/host/192.0.2.1': () => Response.json({}, { status: 201 }) });
  const ended = await commctl(['host', 'create', '--file', join(directory.path, name)], { endpoint: server.url });
  return {
    exitCode: ended.exitCode,
    stderr: ended.stderr.replaceAll(directory.path, 'DIR'),
    sent: server.received.map(({ path, body }) => [path, body]),
  };
}

test('an inventory is registered with the files beside it, and notes say what is not used', async () => {
  const ssh_priv_key = Buffer.from(files['my-job-key'] ?? '').toString('base64');
  expect(await create('hosts.ini')).toEqual({
    exitCode: 0,
    sent: [
      [
        '/api/v0/host/192.0.2.1?details=true',
        { ssh_priv_key, remote_user: 'deploy', port: 2222, name: 'web1', labels: { 'group.web': '' } },
      ],
    ],
    stderr: [
      'DIR/hosts.ini:2: note: not read: the configuration ./ssh-jump.cfg that ansible_ssh_common_args names\n',
      'DIR/hosts.ini:2: note: not used: the variable http_port (1 host)\n',
      'DIR/hosts.ini:3: note: left out: localhost, because its ansible_connection is local, not ssh\n',
      'DIR/group_vars/all/vault:1: note: not read: the file is encrypted by ansible-vault\n',
    ].join(''),
  });
});

test('a fault in a file beside it refuses the inventory', async () => {
  const { exitCode, sent, stderr } = await create('hosts.ini', { 'group_vars/web.yml': '- deploy\n' });
  expect({ exitCode, sent }).toEqual({ exitCode: 2, sent: [] });
  expect(stderr).toContain('DIR/group_vars/web.yml:1: the file is no object with variables\n');
  expect(stderr).toContain('commctl: nothing was sent: correct the faults of DIR/hosts.ini\n');
});

test('for a directory commctl says how to make one file of it', async () => {
  expect(await create('group_vars')).toEqual({
    exitCode: 2,
    sent: [],
    stderr:
      'commctl: cannot read the hosts in DIR/group_vars: it is a directory\nhint: make one file of it: ansible-inventory -i DIR/group_vars --list --yaml --output hosts.yml\n',
  });
});
