import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeAuthority } from '../support/certificates.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { commctl } from './support/commctl.ts';
import { json, TestServer } from './support/server.ts';

/** What editors of Windows put in front of UTF-8. */
const mark = '\ufeff';

test('the configuration file may begin with a byte order mark', async () => {
  using server = new TestServer({ 'GET /api/v0/clusters': json(['web']) });
  const file = mark + JSON.stringify({ endpoint: server.url, username: 'a', password: 'b' });
  expect(await commctl(['cluster', 'list'], { file })).toEqual({ exitCode: 0, stdout: 'web\n', stderr: '' });
});

test('a fault in it is still found in its place', async () => {
  const { stderr } = await commctl(['cluster', 'list'], { file: `${mark}{"endpoint": x}` });
  expect(stderr).toMatch(/commissaire\.json:1:14: not JSON\n$/);
});

test('the CA of the server may', async () => {
  const authority = await makeAuthority('the site');
  const { certificate: cert, key } = await authority.issue({ address: '127.0.0.1' });
  using directory = temporaryDirectory();
  const path = join(directory.path, 'ca.pem');
  writeFileSync(path, mark + authority.certificate);
  await using server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    tls: { cert, key },
    fetch: () => Response.json(['web']),
  });
  const members = { endpoint: `https://127.0.0.1:${server.port}`, username: 'a', password: 'b' };
  const file = JSON.stringify({ ...members, certificate_authority: path });
  expect(await commctl(['cluster', 'list'], { file })).toEqual({ exitCode: 0, stdout: 'web\n', stderr: '' });
});

test.each([
  ['CSV', 'address,port\n192.0.2.7,2222\n'],
  ['an INI', '[web]\n192.0.2.7\n'],
  ['YAML', '- address: 192.0.2.7\n  port: 2222\n'],
  ['JSON', '[{"address": "192.0.2.7", "port": 2222}]'],
])('hosts in %s may, in a file and on stdin', async (_, text) => {
  using directory = temporaryDirectory();
  const path = join(directory.path, 'hosts');
  writeFileSync(path, mark + text);
  const key = join(directory.path, 'key');
  writeFileSync(key, '-----BEGIN OPENSSH PRIVATE KEY-----\n');
  const create = (file: string) => ['--dry-run', '-o', 'json', 'host', 'create', '--file', file, '--key', key];
  const options = { endpoint: 'http://127.0.0.1:1' };
  const plain = await commctl(create('-'), { ...options, stdin: text });
  expect(plain.stdout).toContain('192.0.2.7');
  expect((await commctl(create(path), options)).stdout).toBe(plain.stdout);
  expect((await commctl(create('-'), { ...options, stdin: mark + text })).stdout).toBe(plain.stdout);
});

test('a file for cloud-init may', async () => {
  using directory = temporaryDirectory();
  const path = join(directory.path, 'own.yaml');
  writeFileSync(path, `${mark}#cloud-config\npackages: [vim]\n`);
  const { exitCode, stdout } = await commctl(['user-data', '-e', 'http://127.0.0.1:1', '--no-token', '-C', path]);
  expect(exitCode).toBe(0);
  expect(stdout).toContain(Buffer.from('#cloud-config\npackages').toString('base64').slice(0, -4));
});

test('a private key may', async () => {
  using server = new TestServer({ 'PUT /api/v0/host/192.0.2.7': json({}, { status: 201 }) });
  using directory = temporaryDirectory();
  const path = join(directory.path, 'key');
  writeFileSync(path, `${mark}a key\n`);
  await commctl(['host', 'create', '192.0.2.7', path], { endpoint: server.url });
  expect(server.received[0]?.body).toMatchObject({ ssh_priv_key: Buffer.from('a key\n').toString('base64') });
});
