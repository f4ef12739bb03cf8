import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startServer } from '../support/server.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { eventNames, expectProblem } from './support.ts';

test('a backup is made, listed, shown, read whole and in part, and deleted', async () => {
  using directory = temporaryDirectory();
  await using server = await startServer({ directory: directory.path });
  expect((await server.request('GET', '/api/v0/backups')).body).toEqual([]);
  const made = await server.request('POST', '/api/v0/backups', {});
  expect(made).toMatchObject({ status: 201, body: { sealed: false, master_key: 'plain', size: expect.any(Number) } });
  const backups = join(directory.path, 'data', 'backups');
  const [name = ''] = readdirSync(backups);
  const path = `/api/v0/backup/${name}`;
  expect(made.headers.get('location')).toBe(path);
  expect((await server.request('GET', '/api/v0/backups')).body).toEqual([made.body]);
  expect((await server.request('GET', '/api/v0/backups?sealed=true')).body).toEqual([]);
  expect((await server.request('GET', path)).body).toEqual(made.body);
  const bytes = readFileSync(join(backups, name));
  const whole = await server.request('GET', `${path}/content`);
  expect([whole.status, whole.headers.get('content-length')]).toEqual([200, String(bytes.length)]);
  const part = await server.request('GET', `${path}/content`, undefined, { headers: { range: 'bytes=8-39' } });
  expect(part).toMatchObject({ status: 206, text: bytes.subarray(8, 40).toString() });
  expect(part.headers.get('content-range')).toBe(`bytes 8-39/${bytes.length}`);
  expect(await server.request('DELETE', path)).toMatchObject({ status: 200 });
  for (const [method, gone] of [
    ['GET', path],
    ['GET', `${path}/content`],
    ['DELETE', path],
    ['GET', '/api/v0/backup/..%2Fmaster.key'],
    ['GET', '/api/v0/backup/..%2Fmaster.key/content'],
  ] as const) {
    expectProblem(await server.request(method, gone), 'backup_not_found');
  }
  expect(eventNames(server).slice(-2)).toEqual([`backup.created.${name}`, `backup.deleted.${name}`]);
});

test('a streamed backup is sealed as asked for, and nothing of it stays; reading one is in the audit trail', async () => {
  using directory = temporaryDirectory();
  await using server = await startServer({ directory: directory.path });
  const body = { passphrase: 'of a backup', master_key: false };
  const streamed = await server.request('POST', '/api/v0/backups/stream', body);
  expect(streamed.status).toBe(200);
  expect(streamed.text).toContain('"master_key":"left_out","sealed":{');
  const left = readdirSync(join(directory.path, 'data'));
  expect(left.filter((name) => name.startsWith('backup'))).toEqual([]);
  const told = server.audit().filter(({ action }) => action === 'POST /api/v0/backups/stream');
  expect(told.map(({ result }) => result)).toContain('begun');
  expect(JSON.stringify(server.audit()) + server.log.join('')).not.toContain('of a backup');
});

test('without a schedule none is made, and that can be seen', async () => {
  await using server = await startServer();
  expect((await server.request('GET', '/api/v0/backup-schedule')).body).toMatchObject({
    schedule: '',
    next_at: '',
    made: '',
    targets: [],
  });
});
