import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryDirectory } from '../support/temporary.ts';
import { commctl } from './support/commctl.ts';
import { json, TestServer } from './support/server.ts';

const record = { name: 'web', status: 'finished', restarted: [], in_process: [], started_at: '', finished_at: '' };
const answers = {
  'PUT /api/v0/cluster/web/restart': json(record, { status: 201 }),
  'GET /api/v0/cluster/web/restart': json(record),
  'GET /api/v0/cluster/db/upgrade': json({ ...record, name: 'db' }),
};

const file = (url: string, cluster?: string) =>
  JSON.stringify({
    context: 'prod',
    contexts: { prod: { endpoint: url, username: 'a', password: 'b', ...(cluster === undefined ? {} : { cluster }) } },
  });

test('a command that is given no cluster uses that of the context, and names it', async () => {
  using server = new TestServer(answers);
  for (const args of [
    ['restart', 'start'],
    ['restart', 'status'],
  ]) {
    const { exitCode, stderr } = await commctl(['cluster', ...args], { file: file(server.url, 'web') });
    expect(exitCode).toBe(0);
    expect(stderr.split('\n')[0]).toBe('cluster web, the default of the context prod');
  }
  expect(server.asked).toEqual(['PUT /api/v0/cluster/web/restart', 'GET /api/v0/cluster/web/restart']);
});

test('a cluster that is named comes first', async () => {
  using server = new TestServer(answers);
  const ended = await commctl(['cluster', 'upgrade', 'status', 'db'], { file: file(server.url, 'web') });
  expect(ended).toMatchObject({ exitCode: 0, stderr: '' });
});

test('without either nothing is done, and the hint says how to get a default', async () => {
  using server = new TestServer(answers);
  expect(await commctl(['cluster', 'restart', 'start'], { file: file(server.url) })).toEqual({
    exitCode: 2,
    stdout: '',
    stderr:
      'commctl: no cluster is named, and the context has no default one\n' +
      'hint: name one, or make it the default with `commctl context use prod --cluster NAME`\n',
  });
  expect(server.asked).toEqual([]);
});

test('context use sets and removes it', async () => {
  using home = temporaryDirectory();
  mkdirSync(home.path, { recursive: true });
  const path = join(home.path, 'sites.json');
  writeFileSync(path, file('https://jump.example.com'), { mode: 0o600 });
  const clusterIn = (): unknown => JSON.parse(readFileSync(path, 'utf8')).contexts.prod.cluster;
  expect((await commctl(['-c', path, 'context', 'use', 'prod', '--cluster', 'web'])).exitCode).toBe(0);
  expect(clusterIn()).toBe('web');
  expect((await commctl(['-c', path, 'context', 'use', 'prod'])).exitCode).toBe(0);
  expect(clusterIn()).toBe('web');
  expect((await commctl(['-c', path, 'context', 'use', 'prod', '--cluster', ''])).exitCode).toBe(0);
  expect(clusterIn()).toBe(undefined);
});
