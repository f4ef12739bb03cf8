import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { temporaryDirectory } from '../support/temporary.ts';
import { commctl } from './support/commctl.ts';
import { planRecord } from './support/records.ts';
import { json, TestServer } from './support/server.ts';

const plan = planRecord({ hosts: 2, batches: [['h1'], ['h2']] });

/** A server that could do it all: what reaches it besides the question for a plan would be a fault. */
function server(): TestServer {
  return new TestServer({ 'POST /api/v0/operations': json(plan) });
}

interface Case {
  words: string[];
  /** What is shown in YAML. */
  shown: string;
}

const requests: Case[] = [
  { words: ['host', 'delete', 'h1'], shown: '- method: DELETE\n  path: /api/v0/host/h1\n' },
  {
    words: ['host', 'delete', 'h1', 'h2'],
    shown: '- method: DELETE\n  path: /api/v0/host/h1\n- method: DELETE\n  path: /api/v0/host/h2\n',
  },
  { words: ['host', 'join', 'h1', 'web'], shown: '- body: {}\n  method: PUT\n  path: /api/v0/cluster/web/hosts/h1\n' },
  { words: ['host', 'unjoin', 'h1', 'web'], shown: '- method: DELETE\n  path: /api/v0/cluster/web/hosts/h1\n' },
  {
    words: ['host', 'label', 'h[1-2]', 'rack=3', 'role-'],
    shown: ['h1', 'h2']
      .map((host) => `- body:\n    rack: '3'\n    role: null\n  method: PATCH\n  path: /api/v0/host/${host}/labels\n`)
      .join(''),
  },
  {
    words: ['host', 'key', 'accept', 'h1', 'SHA256:x'],
    shown: '- body:\n    fingerprint: SHA256:x\n  method: PUT\n  path: /api/v0/host/h1/hostkey\n',
  },
  {
    words: ['cluster', 'create', 'web'],
    shown:
      "- body:\n    container_manager: ''\n    network: default\n    type: kubernetes\n  method: PUT\n  path: /api/v0/cluster/web\n",
  },
  { words: ['cluster', 'delete', 'web'], shown: '- method: DELETE\n  path: /api/v0/cluster/web\n' },
  {
    words: ['network', 'create', 'n'],
    shown: '- body:\n    options: {}\n    type: flannel_etcd\n  method: PUT\n  path: /api/v0/network/n\n',
  },
  { words: ['network', 'delete', 'n'], shown: '- method: DELETE\n  path: /api/v0/network/n\n' },
  {
    words: ['container_manager', 'create', '--options', 'server_url=https://h', '--options', 'token=secret', 'm'],
    shown:
      "- body:\n    options:\n      server_url: https://h\n      token: '***'\n    type: openshift\n  method: PUT\n  path: /api/v0/containermanager/m\n",
  },
  {
    words: ['container_manager', 'change', '--options', 'password=secret', 'm'],
    shown: "- body:\n    options:\n      password: '***'\n  method: PATCH\n  path: /api/v0/containermanager/m\n",
  },
  { words: ['container_manager', 'delete', 'm'], shown: '- method: DELETE\n  path: /api/v0/containermanager/m\n' },
  {
    words: ['budget', 'create', 'b', 'label:role=web', '--max-down', '10%'],
    shown: '- body:\n    max_down: 10%\n    target: label:role=web\n  method: PUT\n  path: /api/v0/budget/b\n',
  },
  { words: ['budget', 'delete', 'b'], shown: '- method: DELETE\n  path: /api/v0/budget/b\n' },
  ...['pause', 'resume', 'promote'].map((command) => ({
    words: ['operation', command, 'o'],
    shown: `- body: {}\n  method: POST\n  path: /api/v0/operation/o/${command}\n`,
  })),
  {
    words: ['operation', 'cancel', '--now', 'o'],
    shown: '- body:\n    now: true\n  method: POST\n  path: /api/v0/operation/o/cancel\n',
  },
  {
    words: ['operation', 'skip', 'o', 'h1'],
    shown: '- body:\n    host: h1\n  method: POST\n  path: /api/v0/operation/o/skip\n',
  },
  {
    words: ['secret', 'create', 'web/'],
    shown: '- body: {}\n  method: POST\n  path: /api/v0/secrets/web%2F\n',
  },
  { words: ['secret', 'delete', 'web/key'], shown: '- method: DELETE\n  path: /api/v0/secrets/web%2Fkey\n' },
  {
    words: ['event', 'post', 'user_x'],
    shown: '- body:\n    type: user_x\n  method: POST\n  path: /api/v0/events\n',
  },
];

describe('--dry-run shows the request and sends nothing', () => {
  test.each(requests)('$words', async ({ words, shown }) => {
    using asked = server();
    const ended = await commctl([...words, '--dry-run'], { endpoint: asked.url });
    expect(ended).toEqual({ exitCode: 0, stdout: shown, stderr: '' });
    expect(asked.asked).toEqual([]);
  });

  test.each(['create', 'creds'])('and not the private key of host %s', async (command) => {
    using asked = server();
    const words = ['--dry-run', 'host', command, '--remote-user', 'admin', '192.0.2.11', '-'];
    expect(await commctl(words, { endpoint: asked.url, stdin: 'secret' })).toEqual({
      exitCode: 0,
      stdout: `- body:\n    remote_user: admin\n    ssh_priv_key: '***'\n  method: PUT\n  path: /api/v0/host/192.0.2.11${command === 'creds' ? '/creds' : '?details=true'}\n`,
      stderr: '',
    });
    expect(asked.asked).toEqual([]);
  });

  test.each([
    ['text', 'marked-5ecret', "\n    type: simple\n    value: '***'"],
    ['bytes', Uint8Array.of(255, ...new TextEncoder().encode('marked-5ecret')), " '***'"],
  ])('and not the value of a secret that is %s', async (_kind, stdin, body) => {
    using asked = server();
    expect(await commctl(['--dry-run', 'secret', 'put', 'web/key'], { endpoint: asked.url, stdin })).toEqual({
      exitCode: 0,
      stdout: `- body:${body}\n  method: PUT\n  path: /api/v0/secrets/web%2Fkey\n`,
      stderr: '',
    });
    expect(asked.asked).toEqual([]);
  });

  test('a member that is called like that of a secret is shown elsewhere', async () => {
    using asked = server();
    const words = ['--dry-run', 'event', 'post', 'user_x', '--data', '{"value": "shown"}'];
    expect((await commctl(words, { endpoint: asked.url })).stdout).toContain('value: shown');
  });

  test('one JSON document for each', async () => {
    using asked = server();
    const { stdout } = await commctl(['-o', 'json', '--dry-run', 'host', 'delete', 'h1', 'h2'], {
      endpoint: asked.url,
    });
    const document = (host: string) => `{\n  "method": "DELETE",\n  "path": "/api/v0/host/${host}"\n}\n`;
    expect(stdout).toBe(document('h1') + document('h2'));
  });

  test('as lines for people', async () => {
    using asked = server();
    const words = ['-o', 'table', '--dry-run', 'host', 'key', 'accept', 'h1', 'SHA256:x'];
    const { stdout } = await commctl(words, { endpoint: asked.url });
    expect(stdout).toBe('PUT /api/v0/host/h1/hostkey\nfingerprint  SHA256:x\n');
  });
});

describe('--dry-run shows the plan of an operation', () => {
  const cases: { words: string[]; body: object }[] = [
    {
      words: ['cluster', 'restart', 'start', '--batch', '2', '--wait', 'web'],
      body: { kind: 'restart', target: 'cluster:web', parameters: {}, strategy: { batch: 2 } },
    },
    {
      words: ['cluster', 'deploy', 'start', 'web', '7.2.6'],
      body: { kind: 'deploy', target: 'cluster:web', parameters: { version: '7.2.6' } },
    },
    { words: ['operation', 'start', 'upgrade', 'h1,h2'], body: { kind: 'upgrade', target: 'h1,h2', parameters: {} } },
    {
      words: ['exec', 'h1', 'uptime'],
      body: expect.objectContaining({ kind: 'exec', parameters: { command: 'uptime' } }),
    },
    { words: ['copy', 'FILE', 'h1', '/etc/motd'], body: expect.objectContaining({ kind: 'copy', target: 'h1' }) },
  ];

  test.each(cases)('$words', async ({ words, body }) => {
    using asked = server();
    using own = temporaryDirectory();
    const here = join(own.path, 'motd');
    writeFileSync(here, 'hello\n');
    const given = words.map((word) => (word === 'FILE' ? here : word));
    const [command = '', ...others] = given;
    const ended = await commctl(['-o', 'json', command, '--dry-run', ...others], { endpoint: asked.url });
    expect({ ...ended, stdout: JSON.parse(ended.stdout) }).toEqual({ exitCode: 0, stdout: plan, stderr: '' });
    expect(asked.asked).toEqual(['POST /api/v0/operations?plan=true']);
    expect(asked.received[0]?.body).toEqual(body);
  });
});

test('what only looks is done as ever', async () => {
  using asked = new TestServer({ 'GET /api/v0/clusters': json(['web']) });
  expect(await commctl(['--dry-run', 'cluster', 'list'], { endpoint: asked.url })).toEqual({
    exitCode: 0,
    stdout: 'web\n',
    stderr: '',
  });
});

test('host ssh has none', async () => {
  using asked = server();
  expect(await commctl(['--dry-run', 'host', 'ssh', 'h1'], { endpoint: asked.url })).toEqual({
    exitCode: 2,
    stdout: '',
    stderr: 'commctl: host ssh has no --dry-run: it sends no change to the server\n',
  });
  expect(asked.asked).toEqual([]);
});
