import { describe, expect, test } from 'vitest';
import { ago, dated, left } from '../../src/cli/times.ts';
import { commctl, commctlOnTerminal } from './support/commctl.ts';
import { hostRecord } from './support/records.ts';
import { json, TestServer } from './support/server.ts';

const timestamp = '2026-07-02T03:04:05.678901';
const at = Date.parse('2026-07-02T03:04:05Z');
const after = (seconds: number) => at + seconds * 1000;

test.each([
  [0, '0s ago'],
  [59, '59s ago'],
  [60, '1m ago'],
  [3599, '59m ago'],
  [47 * 3600, '47h ago'],
  [48 * 3600, '2d ago'],
  [400 * 86_400, '400d ago'],
  // The clock of the server may be ahead.
  [-5, '0s ago'],
])('%d s later it was %s', (seconds, text) => {
  expect(ago(timestamp, after(seconds))).toBe(text);
});

test.each([
  [-90, 'in 1m'],
  [-86_400 * 90, 'in 90d'],
  [30, '30s ago'],
])('from %d s on it is %s', (seconds, text) => {
  expect(left(timestamp, after(seconds))).toBe(text);
});

test.each(['', 'never', '2026-07-02', '9999-99-99T99:99:99.000000'])('%j is no time, and stays', (text) => {
  expect([ago(text, at), left(text, at), dated(text, 'utc'), dated(text, 'local')]).toEqual([text, text, text, text]);
});

test('a date in UTC says so', () => {
  expect(dated(timestamp, 'utc')).toBe('2026-07-02 03:04:05Z');
});

describe('the zone of a table', () => {
  const answers = { 'GET /api/v0/host/192.0.2.11': json(hostRecord({ last_check: timestamp })) };

  test.each([
    ['UTC', '2026-07-02 03:04:05Z'],
    ['Europe/Berlin', '2026-07-02 05:04:05+02:00'],
    ['America/St_Johns', '2026-07-02 00:34:05-02:30'],
    ['Asia/Kathmandu', '2026-07-02 08:49:05+05:45'],
  ])('on a terminal in %s', async (TZ, shown) => {
    using server = new TestServer(answers);
    const { screen } = await commctlOnTerminal(['host', 'get', '192.0.2.11'], {
      endpoint: server.url,
      environment: { TZ },
    });
    expect(screen).toMatch(new RegExp(`^last_check +${shown.replace('+', '\\+')}\r$`, 'm'));
  });

  test('elsewhere it is UTC', async () => {
    using server = new TestServer(answers);
    const { stdout } = await commctl(['host', 'get', '192.0.2.11', '-o', 'table'], {
      endpoint: server.url,
      environment: { TZ: 'Europe/Berlin' },
    });
    expect(stdout).toMatch(/^last_check +2026-07-02 03:04:05Z$/m);
  });
});
