import { existsSync, lstatSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { listenOnUnixSocket } from '../../src/api/unix-listener.ts';
import { connect } from '../../src/client/connect.ts';
import { startServer } from '../support/server.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const answer = async () => Response.json([]);

function ask(path: string): Promise<unknown> {
  return connect({ endpoints: [`unix:${path}`], retries: 0 }).clusters.list();
}

test('the socket is closed to everybody else from the moment it is there, and goes with the server', async () => {
  using directory = temporaryDirectory();
  const path = join(directory.path, 'server.sock');
  const mask = process.umask(0);
  const listener = await listenOnUnixSocket(answer, path);
  const after = process.umask(mask);
  expect(lstatSync(path).mode & 0o777).toBe(0o600);
  expect(after).toBe(0);
  expect(await ask(path)).toEqual([]);
  await listener.stop();
  expect(existsSync(path)).toBe(false);
});

test('a socket that a crashed server left is replaced', async () => {
  using directory = temporaryDirectory();
  const path = join(directory.path, 'server.sock');
  const script = `Bun.serve({ unix: ${JSON.stringify(path)}, fetch: () => new Response() }); process.kill(process.pid, 'SIGKILL')`;
  Bun.spawnSync([process.execPath, '-e', script]);
  expect(lstatSync(path).isSocket()).toBe(true);
  const listener = await listenOnUnixSocket(answer, path);
  expect(await ask(path)).toEqual([]);
  await listener.stop();
});

test('one that another server listens at stays, and so does anything else', async () => {
  using directory = temporaryDirectory();
  const [taken, file, link] = ['taken', 'file', 'link'].map((name) => join(directory.path, name));
  if (taken === undefined || file === undefined || link === undefined) throw new Error('three names make three paths');
  const other = createServer().listen(taken);
  writeFileSync(file, 'precious');
  symlinkSync(taken, link);
  const refused = (path: string) => expect(listenOnUnixSocket(answer, path)).rejects;
  await refused(taken).toThrow('another server listens there');
  await refused(file).toThrow('something else is there');
  await refused(link).toThrow('something else is there');
  expect([taken, file, link].map((path) => existsSync(path))).toEqual([true, true, true]);
  other.close();
});

test.each([
  ['a long path', 'x'.repeat(120), 'a path of a socket has at most'],
  ['a directory that is not there', 'missing/server.sock', 'ENOENT'],
])('%s is told', async (_, name, reason) => {
  using directory = temporaryDirectory();
  const path = join(directory.path, name);
  await expect(listenOnUnixSocket(answer, path)).rejects.toMatchObject({
    code: 'invalid_configuration',
    message: expect.stringContaining(reason),
    hint: 'choose another --unix-socket, or none',
  });
});

test('whoever opens it is root, unless it sends credentials, and has no address', async () => {
  await using server = await startServer({ unixSocket: true });
  const local = connect({ endpoints: [`unix:${server.socket}`], retries: 0 });
  await local.clusters.create('web', {});
  const credentials = { username: 'tester', password: 'wrong' };
  const wrong = connect({ endpoints: [`unix:${server.socket}`], retries: 0, credentials });
  await expect(wrong.clusters.list()).rejects.toMatchObject({ code: 'credentials_refused' });
  const registration = fetch('http://localhost/api/v0/host', { unix: server.socket, method: 'PUT', body: '{}' });
  expect(await (await registration).json()).toMatchObject({
    code: 'invalid_address',
    hint: 'send the member "address"',
  });
  expect(server.log.join('\n')).toMatch(/"path":"\/api\/v0\/cluster\/web","status":201,"peer":"unix"/);
});

test('a socket that is not there is told as that', async () => {
  await expect(ask('/nowhere/server.sock')).rejects.toMatchObject({ tried: [{ reason: 'there is no such socket' }] });
});
