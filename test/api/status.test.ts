import { expect, test } from 'vitest';
import { startServer } from '../support/server.ts';

test('the status says what works, and does not call what is not there healthy', async () => {
  await using server = await startServer();
  const { body } = await server.request('GET', '/api/v0/status');
  expect(body).toMatchObject({
    etcd: { status: 'OK' },
    investigator: { status: 'OK', info: { size: 0, in_use: 0, errors: [] } },
    watcher: { status: 'FAILED', info: { size: 0, in_use: 0, errors: ['this version watches no hosts'] } },
    operations: { running: 0 },
  });
});
