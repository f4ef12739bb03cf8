import { expect, test } from 'vitest';
import { commctl } from './support/commctl.ts';
import { json, TestServer } from './support/server.ts';

const sent = { type: 'kubernetes', network: 'default', container_manager: '' };

test.each([
  [[], sent],
  [['--reboot-timeout', '900'], { ...sent, reboot_timeout: 900 }],
  [['--reboot-timeout', '0'], { ...sent, reboot_timeout: null }],
])('cluster create with %j sends what was given', async (options: string[], body) => {
  using server = new TestServer({ 'PUT /api/v0/cluster/web': json({ name: 'web' }, { status: 201 }) });
  const { exitCode } = await commctl(['--endpoint', server.url, 'cluster', 'create', ...options, 'web']);
  expect(exitCode).toBe(0);
  expect(server.received[0]?.body).toEqual(body);
});
