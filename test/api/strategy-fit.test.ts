import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Strategy } from '../../src/operations/strategy.ts';
import { closedPort, startServer, type TestServer } from '../support/server.ts';
import { until } from '../support/until.ts';
import { expectProblem, makeCluster } from './support.ts';

const host = '127.66.0.1';
let server: TestServer;
beforeAll(async () => {
  server = await startServer();
  await makeCluster(server, 'web', host);
  await server.request('PUT', `/api/v0/host/${host}/creds`, { port: closedPort });
});
afterAll(() => server[Symbol.asyncDispose]());

const misfits: [kind: string, parameters: object, strategy: Partial<Strategy>, member: string][] = [
  ['exec', { command: 'true' }, { reboot: 'always' }, 'reboot'],
  ['facts', {}, { reboot: 'if-needed' }, 'reboot'],
  ['restart', {}, { reboot: 'always' }, 'reboot'],
  ['copy', { path: '/tmp/x', content: '' }, { reboot_timeout: 60 }, 'reboot_timeout'],
  ['upgrade', {}, { reboot_timeout: 60 }, 'reboot_timeout'],
];

describe.each(misfits)('%s with %j and %j', (kind, parameters, strategy, member) => {
  test.each(['', '?plan=true'])('is refused, naming the member and the kind: POST /operations%s', async (query) => {
    const before = server.dump();
    const body = { kind, target: 'cluster:web', parameters, strategy };
    const answer = await server.request('POST', `/api/v0/operations${query}`, body);
    expectProblem(answer, 'invalid_member');
    expect(answer.body).toMatchObject({ member: `/strategy/${member}`, kind, detail: expect.stringContaining(kind) });
    expect(server.dump()).toBe(before);
  });
});

async function ended(path: string): Promise<void> {
  await until(async () => !/"finished_at":"","counts"/.test((await server.request('GET', path)).text));
}

test('the routes of a cluster take it as before, and such an operation is run again', async () => {
  const started = await server.request('PUT', '/api/v0/cluster/web/restart', { strategy: { reboot: 'always' } });
  expect(started.status).toBe(201);
  const path = started.headers.get('location') ?? '';
  await ended(path);
  for (const again of ['retry', 'rerun']) {
    const plan = await server.request('GET', `${path}/plan?again=${again}`);
    expect(plan).toMatchObject({ status: 200, body: { kind: 'restart', target: `host:${host}`, hosts: 1 } });
    const answer = await server.request('POST', `${path}/${again}`, {});
    expect(answer.status).toBe(201);
    await ended(answer.headers.get('location') ?? '');
  }
  expectProblem(await server.request('GET', `${path}/plan?again=undo`), 'invalid_member');
});
