import { expect, test } from 'vitest';
import { commctl } from './support/commctl.ts';
import { clusterRecord, operationHost, operationRecord } from './support/records.ts';
import { json, problem, TestServer } from './support/server.ts';

const cluster = (name: string, change = {}) => ({ ...clusterRecord, name, ...change });
const hosts = [
  operationHost('a', { state: 'succeeded' }),
  operationHost('b', { state: 'running' }),
  operationHost('c'),
];

const clusters = [
  cluster('web10'),
  cluster('web2', {
    status: 'degraded',
    hosts: { total: 31, available: 30, unavailable: 1 },
    container_manager: 'kube',
  }),
];
const operations = [
  operationRecord(hosts, { id: 'op-1', kind: 'upgrade', cluster: 'web2', target: 'cluster:web2' }),
  operationRecord(hosts, { id: 'op-2', kind: 'exec', cluster: '', target: 'cluster:web2', status: 'paused' }),
  operationRecord(hosts, { id: 'op-3', kind: 'exec', cluster: '', target: 'cluster:web10 & label:a=b' }),
];

test('a table has the hosts of the clusters, and what runs', async () => {
  using server = new TestServer({ 'GET /api/v0/clusters': json(clusters), 'GET /api/v0/operations': json(operations) });
  const { stdout } = await commctl(['cluster', 'list', '-o', 'table'], { endpoint: server.url });
  expect(stdout).toBe(
    `\
NAME   STATUS    HOSTS  AVAILABLE  RUNNING                             NETWORK  CONTAINER MANAGER
web2   degraded  31     30         upgrade 1 of 3, exec 1 of 3 (paused)  default  kube
web10  ok        2      2                                                default
`.replace('RUNNING   ', 'RUNNING     '),
  );
});

test('of a thousand clusters it takes two requests', async () => {
  const many = Array.from({ length: 1000 }, (_, index) => cluster(`c${index}`));
  using server = new TestServer({ 'GET /api/v0/clusters': json(many), 'GET /api/v0/operations': json(operations) });
  const { stdout } = await commctl(['cluster', 'list', '-o', 'table'], { endpoint: server.url });
  expect(stdout.split('\n')).toHaveLength(1002);
  expect(server.asked.map(decodeURIComponent)).toEqual([
    'GET /api/v0/clusters?details=true',
    'GET /api/v0/operations?status=In(in_process,paused,waiting)&limit=1000',
  ]);
});

test('a caller who may not read operations sees the clusters', async () => {
  const refused = () => problem(403, { code: 'forbidden', detail: 'no' });
  using server = new TestServer({ 'GET /api/v0/clusters': json(clusters), 'GET /api/v0/operations': refused });
  const { exitCode, stdout, stderr } = await commctl(['cluster', 'list', '-o', 'table'], { endpoint: server.url });
  expect([exitCode, stderr]).toEqual([0, '']);
  expect(stdout).toContain('web10  ok');
});
