import { expect, test } from 'vitest';
import { commctl } from '../support/commctl.ts';
import { operationHost, operationRecord } from '../support/records.ts';
import { json, TestServer } from '../support/server.ts';

const running = operationRecord([operationHost('a', { state: 'running', phase: 'acting' })]);
const answers = {
  'POST /api/v0/operations': json(running, { status: 201 }),
  'POST /api/v0/operation/op-1/retry': json(running, { status: 201 }),
  'GET /api/v0/operations': json([running]),
  'GET /api/v0/operation/op-1': json(running),
};
const told =
  'commctl: the operation 44 has not ended after 1s; it goes on\nhint: wait for it again with `commctl operation wait 44`\n';

test.each([
  ['operation', 'wait', '44', '--timeout', '1'],
  ['operation', 'watch', '44', '--timeout', '1s'],
  ['operation', 'start', 'facts', 'a', '--wait-timeout', '1s'],
  ['operation', 'retry', '44', '--wait', '--wait-timeout', '1s'],
  ['exec', 'a', '--wait-timeout', '1s', '--', 'sleep', '9'],
  ['exec', 'a', '--no-fold', '--wait-timeout', '1s', '--', 'sleep', '9'],
])('%s %s %s stops waiting, and says how to go on', async (...args) => {
  using server = new TestServer(answers);
  const { exitCode, stderr } = await commctl(args, { endpoint: server.url });
  expect(stderr.endsWith(told)).toBe(true);
  expect(exitCode).toBe(124);
  // The operation is left alone.
  expect(server.asked.filter((line) => line.endsWith('/cancel'))).toEqual([]);
});

test.each([
  [
    '5 minuets',
    'commctl: --timeout: "5 minuets" is no duration\nhint: write a number and a unit, such as 90s, 5m, 2h or 30d\n',
  ],
  ['0', 'commctl: --timeout: "0" is too short\nhint: give a duration from 1s to 23d3h33m20s\n'],
  ['5w', 'commctl: --timeout: "5w" is too long\nhint: give a duration from 1s to 23d3h33m20s\n'],
])('the duration "%s" is refused', async (text, stderr) => {
  expect(await commctl(['operation', 'wait', '44', '--timeout', text])).toEqual({ exitCode: 2, stdout: '', stderr });
});
