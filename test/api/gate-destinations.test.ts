import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startServer, type TestServer } from '../support/server.ts';
import { expectProblem, makeCluster } from './support.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer({ configuration: { 'gate-destinations': ['lb.example.com:443', '192.0.2.0/24:81'] } });
  await makeCluster(server, 'web', '127.66.0.1');
});
afterAll(() => server[Symbol.asyncDispose]());

const strategyOf = (gate: object) => ({ strategy: { gates: [gate] } });
const ways: Array<[string, (gate: object) => Promise<Awaited<ReturnType<TestServer['request']>>>]> = [
  [
    'a plan',
    (gate) =>
      server.request('POST', '/api/v0/operations?plan=true', {
        kind: 'restart',
        target: 'cluster:web',
        ...strategyOf(gate),
      }),
  ],
  [
    'a start',
    (gate) =>
      server.request('POST', '/api/v0/operations', { kind: 'restart', target: 'cluster:web', ...strategyOf(gate) }),
  ],
  ['a start on a cluster', (gate) => server.request('PUT', '/api/v0/cluster/web/restart', strategyOf(gate))],
];

describe.each(ways)('%s', (_, send) => {
  test.each([
    'http://169.254.169.254/latest/meta-data',
    'http://localhost:8000/api/v0/status',
    'http://lb.example.com/',
    'https://other.example.com:8443@127.66.0.2/',
  ])('is refused a gate that leads elsewhere: %s', async (http) => {
    const before = server.dump();
    const answer = await send({ http });
    expectProblem(answer, 'invalid_member');
    expect(answer.body).toMatchObject({
      member: '/strategy/gates',
      hint: expect.stringContaining('gate-destinations'),
    });
    expect(server.dump()).toBe(before);
  });
});

test.each([
  { http: 'https://{address}/healthz' },
  { http: 'https://lb.example.com/healthz' },
  { http: 'http://192.0.2.200:81/' },
  // It may turn out to be in the network.
  { http: 'http://name.example.com:81/' },
  { http: 'http://169.254.169.254/', from: 'machine' },
])('is let through: %j', async (gate) => {
  const answer = await ways[0]?.[1](gate);
  expect(answer?.status).toBe(200);
});
