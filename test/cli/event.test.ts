import { afterAll, beforeAll, expect, test } from 'vitest';
import { post } from '../support/follow.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { until } from '../support/until.ts';
import { commctl, start } from './support/commctl.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const invocation = () => ({
  file: JSON.stringify({ endpoint: server.url, username: 'tester', password: 'of the tests' }),
});

test('post, then list shows it and wait finds it', async () => {
  const words = ['event', 'post', 'user_cli', '--action', 'begun', '--key', 'web', '--data', '{"n":1}', '-o', 'json'];
  const posted = await commctl(words, invocation());
  expect(posted.exitCode).toBe(0);
  const event: unknown = JSON.parse(posted.stdout);
  expect(event).toMatchObject({ type: 'user_cli', action: 'begun', key: 'web', data: { n: 1, by: 'tester' } });
  const listed = await commctl(['event', 'list', 'user_cli', '-o', 'json'], invocation());
  expect(JSON.parse(listed.stdout)).toEqual([event]);
  const waited = await commctl(['event', 'wait', 'user_cli.*.web', '--since', '0', '-o', 'json'], invocation());
  expect([waited.exitCode, JSON.parse(waited.stdout)]).toEqual([0, event]);
});

test('wait has an exit code of its own when nothing came in time', async () => {
  const ended = await commctl(['event', 'wait', 'user_never', '--timeout', '1'], invocation());
  expect(ended).toEqual({ exitCode: 124, stdout: '', stderr: 'commctl: no event user_never in 1s\n' });
});

test('watch prints a line per event', async () => {
  const first = await post(server);
  using watching = start(
    ['event', 'watch', 'user_watch', '--since', String(first.sequence), '-o', 'json'],
    invocation(),
  );
  const events = [await post(server, { type: 'user_watch' }), await post(server, { type: 'user_watch', key: 'b' })];
  await until(() => watching.output.stdout.split('\n').length > 2);
  expect(watching.output.stdout).toBe(events.map((event) => `${JSON.stringify(event)}\n`).join(''));
});

test('data that is no object is told of', async () => {
  const { exitCode, stderr } = await commctl(['event', 'post', 'user', '--data', '[1]'], invocation());
  expect([exitCode, stderr]).toEqual([2, expect.stringContaining('--data is not a JSON object')]);
});
