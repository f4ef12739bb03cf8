import { expect, test } from 'vitest';
import { commctl } from './support/commctl.ts';
import { operationHost, operationRecord } from './support/records.ts';
import { type Answer, json, problem, TestServer } from './support/server.ts';

const id = '0197c0de-0000-7000-8000-000000000044';
const operation = operationRecord([operationHost('192.0.2.11', { state: 'succeeded' })], { id, status: 'finished' });

/** Of one operation there is all, and of no other. */
const answers: Record<string, Answer> = {
  'GET /api/v0/operations': ({ path }) => {
    const { searchParams } = new URL(path, 'http://x');
    const isThere = ['44', null].includes(searchParams.get('number')) && searchParams.get('kind') !== 'copy';
    return Response.json(isThere ? [operation] : []);
  },
  [`GET /api/v0/operation/${id}`]: json(operation),
};

test.each([
  ['44', 'number=44&limit=1'],
  ['#44', 'number=44&limit=1'],
  ['044', 'number=44&limit=1'],
  ['last', 'automatic=false&limit=1'],
  ['last:exec', 'kind=exec&limit=1'],
  ['last:bootstrap', 'kind=bootstrap&limit=1'],
])('%s is asked for by ?%s, and then goes by its id', async (reference, query) => {
  using server = new TestServer(answers);
  const { exitCode, stdout } = await commctl(['operation', 'show', reference, '-o', 'json'], { endpoint: server.url });
  expect([exitCode, JSON.parse(stdout).id]).toEqual([0, id]);
  expect(server.asked).toEqual([`GET /api/v0/operations?${query}`, `GET /api/v0/operation/${id}`]);
});

test('an id is not asked for', async () => {
  using server = new TestServer(answers);
  await commctl(['operation', 'show', id], { endpoint: server.url });
  expect(server.asked).toEqual([`GET /api/v0/operation/${id}`]);
});

test.each([
  ['7', 'there is no operation #7 that you may see'],
  ['last:copy', 'there is no copy yet that you may see'],
])('%s that is not there', async (reference, message) => {
  using server = new TestServer(answers);
  expect(await commctl(['operation', 'cancel', reference], { endpoint: server.url })).toEqual({
    exitCode: 1,
    stdout: '',
    stderr: `commctl: ${message}\nhint: list the operations with \`commctl operation list --all\`\n`,
  });
});

test('last: without a kind is refused before a server is asked', async () => {
  const { exitCode, stderr } = await commctl(['operation', 'wait', 'last:Ne(exec)'], {
    endpoint: 'http://127.0.0.1:1',
  });
  expect({ exitCode, stderr }).toEqual({
    exitCode: 2,
    stderr: 'commctl: "last:Ne(exec)" names no kind of operation\nhint: write it as last:KIND, such as last:exec\n',
  });
});

/** Two operations, of which one is automatic. */
const listed: Answer = ({ path }) => {
  const { searchParams } = new URL(path, 'http://x');
  if (searchParams.has('cluster')) return problem(400, { code: 'invalid_name', detail: 'not a name' });
  const automatic = { ...operation, kind: 'bootstrap', automatic: true };
  const found = [operation, automatic].filter((each) => searchParams.get('automatic') !== 'false' || !each.automatic);
  return Response.json(found.slice(0, Number(searchParams.get('limit') ?? 100)), {
    headers: { 'x-total-count': String(found.length) },
  });
};

test('a list hides what the server started by itself, and says so', async () => {
  using server = new TestServer({ 'GET /api/v0/operations': listed });
  const list = (...more: string[]) =>
    commctl(['operation', 'list', '-o', 'json', ...more], { endpoint: server.url }).then(({ stdout, stderr }) => ({
      kinds: JSON.parse(stdout).map(({ kind }: { kind: string }) => kind),
      stderr,
    }));
  expect(await list()).toEqual({ kinds: ['restart'], stderr: '1 automatic one hidden; --all shows it\n' });
  expect(await list('--limit', '1', '--status', 'finished')).toEqual({
    kinds: ['restart'],
    stderr: '1 automatic one hidden; --all shows it\n',
  });
  for (const asked of [['--all'], ['--kind', 'bootstrap'], ['--filter', 'automatic=true']])
    expect(await list(...asked)).toEqual({ kinds: ['restart', 'bootstrap'], stderr: '' });
});
