import { userInfo } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CompiledServer, compiledExecutable } from '../support/compiled.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { run } from './support.ts';

const rotate = (dataDir: string) => run([compiledExecutable(), 'keys', 'rotate', '--data-dir', dataDir]);
const rotated = /^tokens are signed with the key (\S+)\nstill good: those of (\S+)\n/;

test('keys are rotated beside a running server, by asking it, and without one', async () => {
  using directory = temporaryDirectory();
  const dataDir = join(directory.path, 'data');
  let token = '';
  {
    await using server = await CompiledServer.start({ dataDir });
    const minted = await server.request('/api/v0/tokens', {
      method: 'POST',
      body: { kind: 'automation', lifetime: 600 },
    });
    ({ token } = (await minted.json()) as { token: string });
    expect(rotate(dataDir)).toEqual({ code: 0, stdout: expect.stringMatching(rotated), stderr: '' });
    const headers = { authorization: `Bearer ${token}` };
    expect((await fetch(`${server.url}/api/v0/hosts`, { headers })).status).toBe(200);
    await server.kill('SIGTERM');
  }
  const { code, stdout } = rotate(dataDir);
  expect([code, stdout.split('\n').length]).toEqual([0, 4]);
  const exported = run([compiledExecutable(), 'audit', 'export', '--data-dir', dataDir]).stdout.trim().split('\n');
  const [begun, done] = exported.slice(-2).map((line) => JSON.parse(line));
  expect(begun).toMatchObject({ action: 'keys rotate', method: 'command', result: 'begun', target: dataDir });
  expect(done).toMatchObject({
    action: 'keys rotate',
    result: 'done',
    begun: begun.sequence,
    who: userInfo().username,
  });
  await using server = await CompiledServer.start({ dataDir });
  const headers = { authorization: `Bearer ${token}` };
  expect((await fetch(`${server.url}/api/v0/hosts`, { headers })).status).toBe(200);
});

test('of a running server that has no Unix socket nothing is rotated', async () => {
  using directory = temporaryDirectory();
  const dataDir = join(directory.path, 'data');
  await using _server = await CompiledServer.start({ dataDir, args: ['--unix-socket', 'none'] });
  const { code, stderr } = run([compiledExecutable(), 'keys', 'rotate', '--data-dir', dataDir]);
  expect([code, stderr]).toEqual([5, expect.stringContaining('commissaire.sock: there is no such socket')]);
});
