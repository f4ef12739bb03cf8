import { afterAll, beforeAll, expect, test } from 'vitest';
import { basicOf, closedPort, startServer, type TestServer } from '../support/server.ts';
import { makeSshKey } from '../support/ssh-key.ts';
import { until } from '../support/until.ts';
import { aliceOperatesA, expectProblem, importHost } from './support.ts';

const [inA, inB] = ['127.66.1.1', '127.66.2.7'];

interface Shown {
  id: string;
  number: number;
  automatic: boolean;
  kind: string;
  status: string;
}

let server: TestServer;
beforeAll(async () => {
  server = await startServer({ configuration: aliceOperatesA });
  const key = makeSshKey().privateFile;
  for (const address of [inA, inB]) await importHost(server, address, { ssh_priv_key: key, port: closedPort });
  await server.request('PUT', '/api/v0/cluster/a?import=true', { hostset: [inA] });
  await server.request('PUT', '/api/v0/cluster/b?import=true', { hostset: [inB] });
  await server.request('PUT', '/api/v0/host/127.66.3.1', { ssh_priv_key: key, port: closedPort });
  await until(async () => (await list()).some(({ kind, status }) => kind === 'bootstrap' && status === 'failed'));
});
afterAll(() => server[Symbol.asyncDispose]());

const list = async (query = '') => (await server.request('GET', `/api/v0/operations${query}`)).body as Shown[];
const asAlice = (method: string, path: string, body?: unknown) =>
  server.request(method, path, body, { headers: { authorization: basicOf('alice') } });

const ended = (id: string) =>
  until(async () => (await list(`?id=${id}`)).every(({ status }) => status !== 'in_process'));

async function begin(target: string): Promise<Shown> {
  const body = { kind: 'exec', target, parameters: { command: 'true' } };
  const answer = await server.request('POST', '/api/v0/operations', body);
  expect(answer.status).toBe(201);
  return answer.body as Shown;
}

test('a number stands for the id in every path of an operation', async () => {
  const { id, number } = await begin(`host:${inA}`);
  const shown = async () => (await server.request('GET', `/api/v0/operation/${id}`)).body as Shown;
  await until(async () => (await shown()).status !== 'in_process');
  const whole = await shown();
  expect(whole).toMatchObject({ id, number, automatic: false });
  for (const reference of [`${number}`, `%23${number}`]) {
    expect((await server.request('GET', `/api/v0/operation/${reference}`)).body).toEqual(whole);
    for (const part of ['plan', 'journal', 'folded', `log?host=${inA}`]) {
      const [byNumber, byId] = await Promise.all(
        [reference, id].map((each) => server.request('GET', `/api/v0/operation/${each}/${part}`)),
      );
      expect(byNumber?.body, part).toEqual(byId?.body);
      expect(byNumber?.status, part).toBe(200);
    }
  }
  const again = await server.request('POST', `/api/v0/operation/${number}/rerun`, {});
  expect(again.status).toBe(201);
  expect(again.body).toMatchObject({ number: number + 1 });
  await ended((again.body as Shown).id);
  expectProblem(await server.request('POST', `/api/v0/operation/${number}/pause`, {}), 'operation_ended');
  expectProblem(await server.request('GET', '/api/v0/operation/9999'), 'operation_not_found');
});

test('who may not see an operation does not find it by its number', async () => {
  const [ofA, ofB] = [await begin(`host:${inA}`), await begin(`host:${inB}`)];
  expect((await asAlice('GET', `/api/v0/operation/${ofA.number}`)).status).toBe(200);
  expectProblem(await asAlice('GET', `/api/v0/operation/${ofB.number}`), 'forbidden');
  expectProblem(await asAlice('POST', `/api/v0/operation/${ofB.number}/cancel`, {}), 'forbidden');
  expectProblem(await asAlice('GET', '/api/v0/operation/9999'), 'forbidden');
  expect((await asAlice('GET', `/api/v0/operations?number=${ofB.number}`)).body).toEqual([]);
  expect((await asAlice('GET', `/api/v0/operations?number=${ofA.number}`)).body).toMatchObject([{ id: ofA.id }]);
});

test('what the server starts by itself is told apart, and what a caller starts again is not automatic', async () => {
  const [bootstrap] = await list('?kind=bootstrap');
  expect(bootstrap).toMatchObject({ automatic: true });
  const rerun = (await server.request('POST', `/api/v0/operation/${bootstrap?.number}/rerun`, {})).body as Shown;
  expect(rerun).toMatchObject({ kind: 'bootstrap', automatic: false });
  const all = await list();
  expect(await list('?automatic=true')).toEqual(all.filter(({ automatic }) => automatic));
  const others = (await list('?automatic=false')).map(({ id }) => id);
  expect(others).toEqual(all.filter(({ automatic }) => !automatic).map(({ id }) => id));
  expect(others).toContain(rerun.id);
});

test('the answer of a cluster route says the number', async () => {
  const { status, headers } = await server.request('PUT', '/api/v0/cluster/b/restart', {});
  expect(status).toBe(201);
  const id = headers.get('location')?.split('/').at(-1);
  expect((await server.request('GET', `/api/v0/operation/${headers.get('x-operation-number')}`)).body).toMatchObject({
    id,
  });
});
