import { expect, test } from 'vitest';
import { commctl } from './support/commctl.ts';
import { closedEndpoint, json, problem, TestServer } from './support/server.ts';

const refusals = [
  {
    status: 404,
    members: { code: 'host_not_found', detail: 'no host h is registered', hint: 'list them' },
    exitCode: 1,
    stderr: 'No object found.\ncommctl: no host h is registered\nhint: list them\n',
  },
  {
    status: 404,
    members: { code: 'route_not_found', detail: 'no such path' },
    exitCode: 1,
    stderr: 'commctl: no such path\n',
  },
  {
    status: 409,
    members: { code: 'operation_running', detail: 'a restart of web is running', operation: 'op-7' },
    exitCode: 1,
    stderr: 'commctl: a restart of web is running\nhint: follow it with `commctl operation watch op-7`\n',
  },
  {
    status: 500,
    members: { detail: 'a fault of the server' },
    exitCode: 1,
    stderr: 'commctl: a fault of the server\n',
  },
  { status: 401, members: { detail: 'who are you?' }, exitCode: 4, stderr: 'commctl: who are you?\n' },
  { status: 403, members: { detail: 'wrong password' }, exitCode: 4, stderr: 'commctl: wrong password\n' },
];

test.each(refusals)('$status $members.code exits with $exitCode', async ({ status, members, exitCode, stderr }) => {
  using server = new TestServer({ 'GET /api/v0/host/h': () => problem(status, members) });
  expect(await commctl(['host', 'get', 'h'], { endpoint: server.url })).toEqual({ exitCode, stdout: '', stderr });
});

test('a server that cannot be reached is told, and the next one answers', async () => {
  using server = new TestServer({ 'GET /api/v0/clusters': json(['web']) });
  const dead = closedEndpoint();
  expect(await commctl(['cluster', 'list'], { endpoint: [dead, server.url] })).toEqual({
    exitCode: 0,
    stdout: 'web\n',
    stderr: `Could not connect to ${dead}. Retrying with ${server.url}.\n`,
  });
});

test('no server at all exits with 5 and names all that were tried', async () => {
  const [one, two] = [closedEndpoint(), closedEndpoint()];
  expect(await commctl(['host', 'delete', 'a', 'b'], { endpoint: [one, two] })).toEqual({
    exitCode: 5,
    stdout: '',
    stderr: `\
Could not connect to ${one}. Retrying with ${two}.
No servers could be reached. Tried the following:
- ${one}: connection refused
- ${two}: connection refused
`,
  });
});

test('a stack trace is shown only when it is asked for', async () => {
  using server = new TestServer({ 'GET /api/v0/clusters': () => problem(500, { detail: 'oops' }) });
  const environment = { COMMISSAIRE_DEBUG: '1' };
  const { stderr } = await commctl(['cluster', 'list'], { endpoint: server.url, environment });
  expect(stderr).toMatch(/^commctl: oops\nProblemError: oops\n +at /);
});
