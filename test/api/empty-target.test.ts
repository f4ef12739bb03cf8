import { expect, test } from 'vitest';
import { startServer } from '../support/server.ts';

test('a cluster without hosts is said to have none, and how it gets some', async () => {
  await using server = await startServer();
  await server.request('PUT', '/api/v0/cluster/bare', {});
  const answer = await server.request('POST', '/api/v0/operations', {
    kind: 'exec',
    target: 'cluster:bare',
    parameters: { command: 'true' },
  });
  expect(answer.body).toMatchObject({
    code: 'target_empty',
    detail: 'the cluster bare has no hosts',
    hint: 'add some with `commctl host join ADDRESS bare`',
  });
});
