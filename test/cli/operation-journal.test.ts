import { expect, test } from 'vitest';
import { lineOf } from '../../src/cli/operation-journal.ts';
import { handshakes } from '../../src/cli/operation-table.ts';
import type { NewEntry } from '../../src/operations/entry.ts';
import { commctl, start } from './support/commctl.ts';
import { TestServer } from './support/server.ts';
import { until } from './support/until.ts';

const at = '2026-01-02T03:04:05.678000';

const entries: [entry: NewEntry, line: string][] = [
  [{ type: 'operation_started' }, 'operation_started'],
  [{ type: 'batch_opened', batch: 1, hosts: ['web1', 'web2'] }, 'batch_opened  batch 1, web[1-2] (2)'],
  [{ type: 'paused', by: 'ann', reason: 'paused\nby ann' }, 'paused  by ann, reason paused by ann'],
  [{ type: 'host_phase', host: 'web1', phase: 'rebooting' }, 'web1  host_phase  phase rebooting'],
  [
    { type: 'host_ended', host: 'web1', untidy: false, state: 'succeeded', exit_code: 0, error: null },
    'web1  host_ended  state succeeded, exit_code 0',
  ],
  [
    {
      type: 'host_ended',
      host: 'web1',
      untidy: true,
      state: 'failed',
      exit_code: 7,
      error: { code: 'command_failed', message: 'it was ended with exit code 7' },
    },
    'web1  host_ended  untidy true, state failed, exit_code 7, error it was ended with exit code 7',
  ],
  [
    {
      type: 'operation_ended',
      status: 'finished',
      reason: '',
      handshake_window: { limit: 16, smallest: 16, largest: 32, latency_ms: 12, reason: 'growing' },
    },
    'operation_ended  status finished, handshake_window 16 at a time (16 to 32), 12 ms each, growing',
  ],
];

test.each(entries)('%j', (entry, line) => {
  expect(lineOf({ sequence: 7, at, ...entry }, 'utc')).toBe(`7  2026-01-02 03:04:05Z  ${line}`);
});

/** Two entries at a time. */
function journalServer(entries: readonly object[]): TestServer {
  return new TestServer({
    'GET /api/v0/operation/op-1/journal': ({ path }) => {
      const after = Number(new URL(path, 'http://x').searchParams.get('after') ?? -1);
      return Response.json(entries.map((entry, sequence) => ({ sequence, at, ...entry })).slice(after + 1, after + 3));
    },
  });
}

test('the whole journal, however many answers it takes', async () => {
  const hosts = ['a', 'b', 'c', 'd'].map((host) => ({ type: 'host_started', host }));
  using server = journalServer([{ type: 'operation_started' }, ...hosts]);
  const { exitCode, stdout } = await commctl(['operation', 'journal', 'op-1', '-o', 'json'], { endpoint: server.url });
  const lines = stdout.trimEnd().split('\n');
  expect(exitCode).toBe(0);
  expect(lines.map((line): { sequence: number } => JSON.parse(line).sequence)).toEqual([0, 1, 2, 3, 4]);
});

test('--follow goes on until the operation has ended', async () => {
  const entries: object[] = [{ type: 'operation_started' }];
  using server = journalServer(entries);
  using following = start(['operation', 'journal', 'op-1', '--follow'], { endpoint: server.url });
  await until(() => following.output.stdout.includes('operation_started'));
  entries.push({ type: 'promoted', by: 'ann' }, { type: 'operation_ended', status: 'finished', reason: '' });
  expect(await following.ended).toMatchObject({
    exitCode: 0,
    stdout: [
      '0  2026-01-02 03:04:05Z  operation_started',
      '1  2026-01-02 03:04:05Z  promoted  by ann',
      '2  2026-01-02 03:04:05Z  operation_ended  status finished',
      '',
    ].join('\n'),
  });
});

test.each([
  [
    { limit: 64, smallest: 16, largest: 96, latency_ms: 12, reason: 'growing' },
    '64 at a time (16 to 96), 12 ms each, growing',
  ],
  [{ limit: 16, smallest: 16, largest: 16, latency_ms: null, reason: 'starting' }, '16 at a time (16 to 16), starting'],
  [null, ''],
  [undefined, ''],
])('the handshake window %j', (window, text) => {
  expect(handshakes(window)).toBe(text);
});
