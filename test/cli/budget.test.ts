import { expect, test } from 'vitest';
import { commctl } from './support/commctl.ts';
import { json, problem, TestServer } from './support/server.ts';

const budget = {
  name: 'web',
  target: 'label:role=web',
  max_down: '10%',
  hosts: 20,
  allowed: 2,
  down: [
    { address: '192.0.2.11', why: 'taken', operation: 'op-1' },
    { address: '192.0.2.12', why: 'failed', operation: null },
  ],
};
const quiet = { ...budget, name: 'db', target: 'label:role=db', max_down: 1, hosts: 3, allowed: 1, down: [] };
const answers = {
  'GET /api/v0/budgets': json([quiet, budget]),
  'GET /api/v0/budget/web': json(budget),
  'GET /api/v0/budget/db': json(quiet),
  'PUT /api/v0/budget/web': json(budget),
  'DELETE /api/v0/budget/web': json([]),
  'DELETE /api/v0/budget/no': () => problem(404, { code: 'budget_not_found', detail: 'there is no budget no' }),
};

test.each([
  {
    args: ['budget', 'list', '-o', 'table'],
    stdout: `\
NAME  DOWN    HOSTS  MAX DOWN  TARGET
db    0 of 1  3      1         label:role=db
web   2 of 2  20     10%       label:role=web
`,
  },
  {
    args: ['budget', 'get', 'web', '-o', 'table'],
    stdout: `\
name      web
target    label:role=web
max_down  10%
hosts     20
allowed   2

ADDRESS     WHY     OPERATION
192.0.2.11  taken   op-1
192.0.2.12  failed
`,
  },
  {
    args: ['budget', 'get', 'db', '-o', 'table'],
    stdout: `\
name      db
target    label:role=db
max_down  1
hosts     3
allowed   1

none is down
`,
  },
  { args: ['budget', 'delete', 'web'], stdout: 'Success\n' },
])('$args', async ({ args, stdout }) => {
  using server = new TestServer(answers);
  expect(await commctl(args, { endpoint: server.url })).toEqual({ exitCode: 0, stdout, stderr: '' });
});

test('budget create sends what was said', async () => {
  using server = new TestServer(answers);
  const args = ['budget', 'create', 'web', 'label:role=web', '--max-down', '10%'];
  expect(await commctl(args, { endpoint: server.url })).toMatchObject({ exitCode: 0, stderr: '' });
  expect(server.received.map(({ method, path, body }) => [method, path, body])).toEqual([
    ['PUT', '/api/v0/budget/web', { target: 'label:role=web', max_down: '10%' }],
  ]);
});

test.each(['x', '0', '101%', '-1'])('budget create refuses --max-down %s', async (share) => {
  using server = new TestServer(answers);
  const args = ['budget', 'create', 'web', 'all', `--max-down=${share}`];
  expect(await commctl(args, { endpoint: server.url })).toMatchObject({ exitCode: 2 });
  expect(server.received).toEqual([]);
});

test('a budget that is not there is told', async () => {
  using server = new TestServer(answers);
  const { exitCode, stderr } = await commctl(['budget', 'delete', 'no'], { endpoint: server.url });
  expect([exitCode === 0, stderr]).toEqual([false, expect.stringContaining('there is no budget no')]);
});
