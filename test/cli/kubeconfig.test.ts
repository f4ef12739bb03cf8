import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { makeAuthority } from '../support/certificates.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { commctl } from './support/commctl.ts';
import { json, TestServer } from './support/server.ts';

const list = ['cluster', 'list'];

/** A kubeconfig as the tools write it, with more in it than matters. */
function kubeconfig(user: object): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'k', cluster: { server: 'https://192.0.2.1:6443' } }],
    contexts: [
      { name: 'other', context: { cluster: 'k', user: 'nobody' } },
      { name: 'mine', context: { cluster: 'k', user: 'me' } },
    ],
    'current-context': 'mine',
    users: [
      { name: 'nobody', user: { token: 'wrong' } },
      { name: 'me', user },
    ],
  });
}

interface Case {
  name: string;
  user: object;
  authorization: string;
}

describe('the user of the current context is calling', () => {
  const basic = `Basic ${Buffer.from('joe:se:cret').toString('base64')}`;
  const cases: Case[] = [
    { name: 'with a token', user: { token: 'abc.d-e_f=' }, authorization: 'Bearer abc.d-e_f=' },
    { name: 'with a token in a file', user: { tokenFile: 'secrets/token' }, authorization: 'Bearer from-file' },
    {
      name: 'with a token file before a token, as client-go does',
      user: { token: 'old', tokenFile: 'secrets/token' },
      authorization: 'Bearer from-file',
    },
    {
      name: 'with a token where the token file is not there',
      user: { token: 'old', tokenFile: 'secrets/none' },
      authorization: 'Bearer old',
    },
    {
      name: 'with a token where the token file is empty',
      user: { token: 'old', tokenFile: 'secrets/empty' },
      authorization: 'Bearer old',
    },
    { name: 'with a token beside exec', user: { token: 't', exec: { command: 'aws' } }, authorization: 'Bearer t' },
    { name: 'with a password', user: { username: 'joe', password: 'se:cret' }, authorization: basic },
    {
      name: 'with a token before a password',
      user: { token: 't', username: 'joe', password: 'x' },
      authorization: 'Bearer t',
    },
  ];

  test.each(cases)('$name', async ({ user, authorization }) => {
    using server = new TestServer({ 'GET /api/v0/clusters': json(['web']) });
    using directory = temporaryDirectory();
    mkdirSync(join(directory.path, 'secrets'));
    writeFileSync(join(directory.path, 'secrets/token'), '\ufefffrom-file\n');
    writeFileSync(join(directory.path, 'secrets/empty'), '\n');
    const path = join(directory.path, 'config');
    writeFileSync(path, kubeconfig(user));
    // The name and the password beside it do not count.
    const file = JSON.stringify({ endpoint: server.url, username: 'a', password: 'b', kubeconfig: path });
    expect(await commctl(list, { file })).toEqual({ exitCode: 0, stdout: 'web\n', stderr: '' });
    expect(server.received[0]?.headers.get('authorization')).toBe(authorization);
  });
});

test.each(['', '\ufeff'])('a kubeconfig in YAML with merge keys and anchors, and %j in front', async (mark) => {
  using server = new TestServer({ 'GET /api/v0/clusters': json(['web']) });
  using directory = temporaryDirectory();
  const path = join(directory.path, 'config');
  const text = `${mark}x-user: &base
  token: merged
current-context: mine
contexts: [{ name: mine, context: { user: me } }]
users:
  - name: me
    user:
      <<: *base
`;
  writeFileSync(path, text);
  const file = JSON.stringify({ endpoint: server.url, kubeconfig: path });
  expect(await commctl(list, { file })).toEqual({ exitCode: 0, stdout: 'web\n', stderr: '' });
  expect(server.received[0]?.headers.get('authorization')).toBe('Bearer merged');
});

describe('a client certificate', () => {
  test.each(['named', 'in it'])('%s is shown to the server', async (where) => {
    const authority = await makeAuthority('commctl test');
    const client = await authority.issue({ name: 'me' });
    const { certificate, key } = await authority.issue({ address: '127.0.0.1' });
    using directory = temporaryDirectory();
    const put = (name: string, text: string) => writeFileSync(join(directory.path, name), text);
    put('ca.pem', authority.certificate);
    put('me.crt', client.certificate);
    put('me.key', client.key);
    const base64 = (text: string) => Buffer.from(text).toString('base64');
    const shown =
      where === 'named'
        ? { 'client-certificate': 'me.crt', 'client-key': join(directory.path, 'me.key') }
        : { 'client-certificate-data': base64(client.certificate), 'client-key-data': base64(client.key) };
    put('config', kubeconfig(shown));
    const headers: (string | null)[] = [];
    const server = Bun.serve({
      port: 0,
      hostname: '127.0.0.1',
      tls: { cert: certificate, key, ca: authority.certificate, requestCert: true, rejectUnauthorized: true },
      fetch(request) {
        headers.push(request.headers.get('authorization'));
        return Response.json(['web']);
      },
    });
    try {
      const endpoint = `https://127.0.0.1:${server.port}`;
      const environment = { NODE_EXTRA_CA_CERTS: join(directory.path, 'ca.pem') };
      const call = (members: object) => commctl(list, { file: JSON.stringify({ endpoint, ...members }), environment });
      expect(await call({ username: 'a', password: 'b' })).toMatchObject({ exitCode: 5, stdout: '' });
      const ended = await call({ kubeconfig: join(directory.path, 'config') });
      expect(ended).toEqual({ exitCode: 0, stdout: 'web\n', stderr: '' });
      expect(headers).toEqual([null]);
    } finally {
      await server.stop(true);
    }
  });
});

describe('what is wrong with it is named', () => {
  const cases: [text: string, stderr: string][] = [
    ['', 'CONFIG: a kubeconfig is one object\n'],
    ['a: [b', 'CONFIG: not YAML: '],
    ['{}', 'CONFIG: there is no current-context\n'],
    ['{"current-context": 7}', 'CONFIG: "current-context" must be a string\n'],
    ['{"current-context": "c"}', 'CONFIG: there is no context "c"\n'],
    [
      '{"current-context": "c", "contexts": [{"name": "c", "context": {"user": "u"}}], "users": []}',
      'CONFIG: there is no user "u"\n',
    ],
    [kubeconfig({ token: 'a\nb' }), 'CONFIG: the token of the user "me" has characters that no token has\n'],
    [
      kubeconfig({ tokenFile: 'missing' }),
      'cannot read the token DIRECTORY/missing: there is no such file or directory\n',
    ],
    [
      kubeconfig({ 'client-certificate': 'config', 'client-key': 'config' }),
      'CONFIG: client-certificate is not in the form PEM\n',
    ],
    [
      kubeconfig({ username: 'joe' }),
      'CONFIG: the user "me" has no credentials that commctl can send\nhint: give the user a token, a username and a password, or a client-certificate and a client-key\n',
    ],
    [
      kubeconfig({ exec: { command: 'aws' } }),
      'CONFIG: the user "me" has no credentials that commctl can send: it gets them by "exec"\nhint: commctl runs no program to get credentials: give the user a token, a password or a client certificate\n',
    ],
  ];

  cases.push([
    kubeconfig({ 'auth-provider': { name: 'oidc' } }),
    'CONFIG: the user "me" has no credentials that commctl can send: it gets them by "auth-provider"\nhint: commctl runs no program to get credentials: give the user a token, a password or a client certificate\n',
  ]);
  for (const [member, value] of Object.entries({
    as: 'root',
    'as-groups': ['ops'],
    'as-uid': '7',
    'as-user-extra': {},
  })) {
    cases.push([
      kubeconfig({ token: 't', [member]: value }),
      `CONFIG: the user "me" acts as another with "${member}", which commctl cannot do\nhint: give commctl a kubeconfig of that other user, or a context whose user does without it\n`,
    ]);
  }

  test.each(cases)('%s', async (text, stderr) => {
    using directory = temporaryDirectory();
    const path = join(directory.path, 'config');
    writeFileSync(path, text);
    const file = JSON.stringify({ endpoint: 'http://127.0.0.1', kubeconfig: path });
    const ended = await commctl(list, { file });
    const named = ended.stderr.replaceAll(path, 'CONFIG').replaceAll(directory.path, 'DIRECTORY');
    expect({ ...ended, stderr: named }).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: text === 'a: [b' ? expect.stringContaining(`commctl: ${stderr}`) : `commctl: ${stderr}`,
    });
  });

  test('a client certificate for an endpoint without TLS', async () => {
    using directory = temporaryDirectory();
    const pem = '-----BEGIN CERTIFICATE-----';
    const path = join(directory.path, 'config');
    writeFileSync(path, kubeconfig({ 'client-certificate-data': btoa(pem), 'client-key-data': btoa(pem) }));
    const file = JSON.stringify({ endpoint: 'http://127.0.0.1', kubeconfig: path });
    expect(await commctl(list, { file })).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: 'commctl: a client certificate cannot be shown to http://127.0.0.1\nhint: give an endpoint with https:\n',
    });
  });

  test('a file that is not there', async () => {
    const file = JSON.stringify({ endpoint: 'http://127.0.0.1', kubeconfig: '~/nowhere' });
    const { exitCode, stderr } = await commctl(list, { file });
    expect({ exitCode, stderr }).toEqual({
      exitCode: 2,
      stderr: expect.stringMatching(
        /^commctl: cannot read the kubeconfig \/\S*\/nowhere: there is no such file or directory\n$/,
      ),
    });
  });
});
