import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startServer } from '../../support/server.ts';
import { temporaryDirectory } from '../../support/temporary.ts';
import { commctl } from '../support/commctl.ts';

const rotate = (dataDir: string) => commctl(['keys', 'rotate', '--data-dir', dataDir], { program: [] });

test('without a server the keys in the store are rotated, and old tokens stay good', async () => {
  using directory = temporaryDirectory();
  const dataDir = join(directory.path, 'data');
  let token = '';
  {
    await using server = await startServer({ directory: directory.path });
    const { body } = await server.request('POST', '/api/v0/tokens', { kind: 'automation', lifetime: 600 });
    ({ token } = body as { token: string });
  }
  const { kid } = JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString());
  const { exitCode, stdout, stderr } = await rotate(dataDir);
  expect([exitCode, stderr]).toEqual([0, '']);
  const [, key] = /^tokens are signed with the key (\S+)\nstill good: those of (\S+)\n$/.exec(stdout) ?? [];
  expect(stdout).toContain(`still good: those of ${kid}`);
  await using server = await startServer({ directory: directory.path });
  const headers = { authorization: `Bearer ${token}` };
  expect((await server.request('GET', '/api/v0/hosts', undefined, { headers })).status).toBe(200);
  const { body } = await server.request('POST', '/api/v0/tokens', {});
  const [head = ''] = (body as { token: string }).token.split('.');
  expect(JSON.parse(Buffer.from(head, 'base64url').toString()).kid).toBe(key);
});

test('where there is no store none is made', async () => {
  using directory = temporaryDirectory();
  const { exitCode, stderr } = await rotate(join(directory.path, 'nowhere'));
  expect([exitCode, stderr]).toEqual([1, expect.stringContaining('there is no store in the data directory')]);
});
