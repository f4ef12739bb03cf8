import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { WaitingFor } from '../../src/operations/operation.ts';
import { follow } from '../support/follow.ts';
import { type Answer, basicOf, closedPort, startServer, type TestServer } from '../support/server.ts';
import { makeSshKey } from '../support/ssh-key.ts';
import { until } from '../support/until.ts';
import { aliceOperatesA, expectProblem, importHost } from './support.ts';

/**
 * A budget is over the clusters `a` and `b`, and so is an operation of the administrator. Alice operates `a`: nothing that she
 * is answered names a host of `b`, or an operation that is not of `a` alone.
 */

const [inA, inB] = ['127.66.1.1', '127.66.2.7'];

let server: TestServer;
beforeAll(async () => {
  server = await startServer({ configuration: aliceOperatesA });
  const key = makeSshKey().privateFile;
  for (const address of [inA, inB]) await importHost(server, address, { ssh_priv_key: key, port: closedPort });
  await server.request('PUT', '/api/v0/cluster/a?import=true', { hostset: [inA] });
  await server.request('PUT', '/api/v0/cluster/b?import=true', { hostset: [inB] });
});
afterAll(() => server[Symbol.asyncDispose]());

const headers = { authorization: basicOf('alice') };
const asAlice = (method: string, path: string, body?: unknown) => server.request(method, path, body, { headers });

interface Shown {
  id: string;
  number: number;
  status: string;
  waiting_for: WaitingFor | null;
}

const shown = async (id: string) => (await server.request('GET', `/api/v0/operation/${id}`)).body as Shown;
const begin = async (target: string, strategy: object = {}) => {
  const body = { kind: 'restart', target, strategy };
  const answer = await server.request('POST', '/api/v0/operations', body);
  expect(answer.status).toBe(201);
  return (answer.body as Shown).id;
};
const waitsFor = (id: string, what: WaitingFor['what']) =>
  until(async () => (await shown(id)).waiting_for?.what === what);
const ends = (id: string) => until(async () => ['failed', 'cancelled', 'finished'].includes((await shown(id)).status));

/** All there is to ask about an operation that waits, and the conditions that would find it by what it must not show. */
async function everythingAbout(id: string, hidden: readonly string[]): Promise<Answer[]> {
  const paths = [
    `operation/${id}`,
    `operation/${id}/plan`,
    `operation/${id}/journal`,
    `operation/${id}/folded`,
    'operations',
    'operations?sort=waiting_for.detail',
    'events?follow=false&limit=1000',
    'budgets',
    'budget/all',
    'cluster/a/restart',
  ];
  const answers: Answer[] = [];
  for (const path of paths) answers.push(await asAlice('GET', `/api/v0/${path}`));
  for (const secret of hidden) {
    for (const condition of [`*${secret}*`, `Gt(the)`, `Ne(*${secret}*)`]) {
      const query = `waiting_for.detail=${encodeURIComponent(condition)}`;
      answers.push(await asAlice('GET', `/api/v0/operations?${query}`));
    }
    expect(
      (await asAlice('GET', `/api/v0/operations?waiting_for.detail=*${encodeURIComponent(secret)}*`)).body,
    ).toEqual([]);
  }
  return answers;
}

function expectNameless(answers: readonly Answer[], hidden: readonly string[]): void {
  for (const { text } of answers) for (const secret of hidden) expect(text).not.toContain(secret);
}

describe('a budget that hosts of another cluster have used up', () => {
  let ofB: string;
  let hidden: string[];
  beforeAll(async () => {
    ofB = await begin('cluster:b');
    await ends(ofB);
    await server.request('PUT', '/api/v0/budget/all', { target: 'all', max_down: 1 });
    hidden = [inB, ofB];
  });

  const full = 'the budget all lets 1 of 2 hosts be down, and that many are';

  test('is in the way of a plan', async () => {
    const body = { kind: 'restart', target: 'cluster:a' };
    const plan = await asAlice('POST', '/api/v0/operations?plan=true', body);
    expect(plan.body).toMatchObject({ obstacles: [full], budgets: [{ name: 'all', down: 1 }] });
    expectNameless([plan], hidden);
    const { body: told } = await server.request('POST', '/api/v0/operations?plan=true', body);
    expect(told).toMatchObject({ obstacles: [`${full.slice(0, -14)} down are ${inB} (left unreachable by ${ofB})`] });
  });

  test('is waited for, and whoever may see all of it is told for whom', async () => {
    await using followed = await follow(server, '?filter=operation', headers);
    const started = await asAlice('PUT', '/api/v0/cluster/a/restart', {});
    expect(started.status).toBe(201);
    const id = started.headers.get('location')?.split('/').at(-1) ?? '';
    await waitsFor(id, 'budget');
    const answers = await everythingAbout(id, hidden);
    expect(answers[0]?.body).toMatchObject({ waiting_for: { what: 'budget', detail: full } });
    for (const command of ['pause', 'resume', 'promote']) {
      answers.push(await asAlice('POST', `/api/v0/operation/${id}/${command}`, {}));
    }
    await waitsFor(id, 'budget');
    answers.push(await asAlice('POST', `/api/v0/operation/${id}/cancel`, {}));
    expectNameless([started, ...answers], hidden);
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    await until(() => followed.messages.some(({ name }) => name === 'operation.cancelled'));
    expect(followed.messages.some(({ name }) => name === 'operation.waiting')).toBe(true);
    for (const secret of hidden) expect(JSON.stringify(followed.messages)).not.toContain(secret);
    const journal = await server.request('GET', `/api/v0/operation/${id}/journal`);
    expect(journal.text).toContain(`and down are ${inB} (left unreachable by ${ofB})`);
  });

  test('is shown without them', async () => {
    expect((await asAlice('GET', '/api/v0/budget/all')).body).toMatchObject({ hosts: 2, allowed: 1, down: [] });
  });
});

describe('an operation that is about another cluster too', () => {
  let ofBoth: string;
  let name: string;
  let hidden: string[];
  beforeAll(async () => {
    await server.request('PUT', '/api/v0/budget/all', { target: 'all', max_down: 1 });
    ofBoth = await begin('cluster:a | cluster:b', { batch: '100%', on_failure: 'continue' });
    await waitsFor(ofBoth, 'budget');
    name = `#${(await shown(ofBoth)).number}`;
    hidden = [inB, ofBoth, name];
  });

  test('is in the way of a plan', async () => {
    const plan = await asAlice('POST', '/api/v0/operations?plan=true', { kind: 'restart', target: 'cluster:a' });
    expect(plan.body).toMatchObject({ obstacles: [`another operation has the host ${inA}`, expect.any(String)] });
    expectNameless([plan], hidden);
  });

  test('is what others are refused for', async () => {
    const body = { kind: 'exec', target: 'cluster:a', parameters: { command: 'true' } };
    const refused = await asAlice('POST', '/api/v0/operations', body);
    expectProblem(refused, 'operation_running');
    expect(refused.body).toMatchObject({ detail: `another operation has the host ${inA}` });
    const own = (await asAlice('GET', '/api/v0/operations?kind=restart&cluster=a&limit=1')).body as Shown[];
    const again = await asAlice('POST', `/api/v0/operation/${own[0]?.id}/rerun`, {});
    expectProblem(again, 'operation_running');
    expectNameless([refused, again], hidden);
    expect((await server.request('POST', '/api/v0/operations', body)).body).toMatchObject({
      detail: `restart ${name} has the host ${inA}`,
      operation: ofBoth,
    });
  });

  test('is what others wait for', async () => {
    const body = { kind: 'exec', target: 'cluster:a', parameters: { command: 'true' }, wait: true };
    const started = await asAlice('POST', '/api/v0/operations', body);
    const { id } = started.body as Shown;
    await waitsFor(id, 'lock');
    const answers = await everythingAbout(id, hidden);
    expect(answers[0]?.body).toMatchObject({
      waiting_for: { what: 'lock', detail: `another operation has the host ${inA}` },
    });
    expect((await shown(id)).waiting_for?.detail).toBe(`restart ${name} has the host ${inA}`);
    answers.push(await asAlice('POST', `/api/v0/operation/${id}/cancel`, {}));
    expectNameless([started, ...answers], hidden);
  });

  test('is not named beside the host it has', async () => {
    // The host is down no more once it can be reached; one that is taken is.
    await server.request('PUT', '/api/v0/budget/all', { target: 'all', max_down: 2 });
    await ends(ofBoth);
    const { body, text } = await asAlice('GET', '/api/v0/budget/all');
    expect(body).toMatchObject({ down: [{ address: inA, why: 'unreachable', operation: null }] });
    expect(text).not.toContain(ofBoth);
    expect((await server.request('GET', '/api/v0/budget/all')).text).toContain(ofBoth);
  });

  test('is not there for them', async () => {
    expectProblem(await asAlice('GET', `/api/v0/operation/${ofBoth}`), 'forbidden');
  });
});
