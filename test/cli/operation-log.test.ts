import { expect, test } from 'vitest';
import { commctl, start } from './support/commctl.ts';
import { lookedAt } from './support/looked-at.ts';
import { operationHost, operationRecord } from './support/records.ts';
import { type Answer, json, problem, TestServer } from './support/server.ts';
import { until } from './support/until.ts';

/** A log that grows: `end` says that nothing follows. */
class GrowingLog {
  text = '';
  end = false;

  /** At most eight bytes at a time, so that one answer is never all. */
  readonly answer: Answer = ({ path }) => {
    const offset = Number(new URL(path, 'http://x').searchParams.get('offset'));
    const part = new TextEncoder().encode(this.text).slice(offset, offset + 8);
    const next = offset + part.length;
    const complete = this.end && next === this.text.length;
    return new Response(part, { headers: { 'x-next-offset': `${next}`, 'x-log-complete': `${complete}` } });
  };
}

test('prints the log there is, and ends though more may come', async () => {
  const log = new GrowingLog();
  log.text = 'Upgrading: 3 packages\n';
  using server = new TestServer({ 'GET /api/v0/operation/op-1/log': log.answer });
  const ended = await commctl(['operation', 'log', 'op-1', '--host', '192.0.2.11'], { endpoint: server.url });
  expect(ended).toEqual({ exitCode: 0, stdout: log.text, stderr: '' });
});

test('--follow goes on until nothing can follow, over a restart of the server', async () => {
  const log = new GrowingLog();
  log.text = 'Upgrading: 3 packages\n';
  const first = new TestServer({ 'GET /api/v0/operation/op-1/log': log.answer });
  const { port, url } = first;
  using following = start(['operation', 'log', 'op-1', '--host', '192.0.2.11', '--follow'], { endpoint: url });
  await until(() => following.output.stdout === log.text);
  first[Symbol.dispose]();
  await until(() => following.output.stderr.includes('cannot be reached'));
  log.text += 'Complete!\n';
  log.end = true;
  using _second = new TestServer({ 'GET /api/v0/operation/op-1/log': log.answer }, port);
  expect(await following.ended).toEqual({
    exitCode: 0,
    stdout: 'Upgrading: 3 packages\nComplete!\n',
    stderr: 'the server cannot be reached (connection refused); trying again for up to 5 minutes\n',
  });
});

/** The logs of an operation by host, all at once or 100 bytes at a time. */
function logsOf(logs: Readonly<Record<string, string>>, ended = () => true): Answer {
  return ({ path }) => {
    const { searchParams } = new URL(path, 'http://x');
    const text = new TextEncoder().encode(logs[searchParams.get('host') ?? '']);
    const offset = Number(searchParams.get('offset'));
    const part = text.slice(offset, offset + 100);
    const next = offset + part.length;
    const complete = next === text.length && ended();
    return new Response(part, { headers: { 'x-next-offset': `${next}`, 'x-log-complete': `${complete}` } });
  };
}

const progress = Array.from({ length: 50 }, (_, index) => `${2 * index}%\r`).join('');
const logs = { a: `${progress}100%\nfirst\nlast without an end`, b: '', c: 'E: broken\n', d: '', e: 'removed' };
const refused = { code: 'ssh_connect_failed', message: 'cannot connect to d' };
const sizeOf = (text: string) => ({ output_bytes: text.length, started_at: '', finished_at: 'then' });
const results = [
  operationHost('a', { state: 'succeeded', ...sizeOf(logs.a) }),
  operationHost('b', { state: 'succeeded', ...sizeOf('') }),
  operationHost('c', { state: 'failed', ...sizeOf(logs.c) }),
  operationHost('d', { state: 'unreachable', error: refused, ...sizeOf('') }),
];
const ended = operationRecord(results, { status: 'finished', finished_at: 'then' });
const answers = { 'GET /api/v0/operation/op-1': json(ended), 'GET /api/v0/operation/op-1/log': logsOf(logs) };
const ofA = 'a: 100%\na: first\na: last without an end\n';
const noteOfD = 'd printed nothing: unreachable, cannot connect to d\n';

test.each([
  { args: [], stdout: `${ofA}c: E: broken\n`, stderr: noteOfD },
  { args: ['--follow'], stdout: `${ofA}c: E: broken\n`, stderr: noteOfD },
  { args: ['-f', '--failed'], stdout: 'c: E: broken\n', stderr: noteOfD },
  { args: ['--failed'], stdout: 'c: E: broken\n', stderr: noteOfD },
  { args: ['--raw'], stdout: `a: ${progress}100%\na: first\na: last without an end\nc: E: broken\n`, stderr: noteOfD },
])('without --host the lines of all hosts, each with its host: $args', async ({ args, stdout, stderr }) => {
  using server = new TestServer(answers);
  const printed = await commctl(['operation', 'log', 'op-1', ...args], { endpoint: server.url });
  if (!args.includes('--follow')) expect(printed).toEqual({ exitCode: 0, stdout, stderr });
  // What is followed comes part by part, of all hosts in turn.
  const lines = (text: string) => text.split('\n').toSorted();
  expect({ ...printed, stdout: lines(printed.stdout) }).toEqual({ exitCode: 0, stdout: lines(stdout), stderr });
});

test('a terminal gets no controls, and the last state of progress', async () => {
  using server = new TestServer({
    ...answers,
    'GET /api/v0/operation/op-1/log': logsOf({ ...logs, a: '1%\r2%\r\u001b[31mred\u001b[0m\n', c: 'b\bx\n' }),
  });
  const { stdout } = await lookedAt(['operation', 'log', 'op-1'], server.url);
  expect(stdout).toBe('a: red\nc: b\\u0008x\n');
});

test('nothing to print is said', async () => {
  const quiet = operationRecord(results.slice(1, 2), { finished_at: 'then' });
  using server = new TestServer({ 'GET /api/v0/operation/op-1': json(quiet) });
  const log = (...args: string[]) => commctl(['operation', 'log', 'op-1', ...args], { endpoint: server.url });
  expect(await log()).toEqual({ exitCode: 0, stdout: '', stderr: 'No output.\n' });
  expect(await log('--failed')).toEqual({ exitCode: 0, stdout: '', stderr: 'No host failed.\n' });
  expect(await log('--failed', '--host', 'a')).toMatchObject({ exitCode: 2, stdout: '' });
});

test('a log that was removed does not hide the others', async () => {
  const removed = operationRecord([operationHost('e', { state: 'succeeded', ...sizeOf('removed') }), ...results]);
  const detail = 'the log of e in the operation op-1 was removed';
  const read = logsOf(logs);
  using server = new TestServer({
    'GET /api/v0/operation/op-1': json({ ...removed, finished_at: 'then' }),
    'GET /api/v0/operation/op-1/log': (received) =>
      received.path.includes('host=e') ? problem(410, { code: 'log_removed', detail }) : read(received),
  });
  for (const args of [[], ['--follow']]) {
    const printed = await commctl(['operation', 'log', 'op-1', ...args], { endpoint: server.url });
    expect(printed.stderr).toContain(`e: ${detail}\n`);
    expect(printed.stdout).toContain(ofA);
  }
});

test('--follow prints the lines of all hosts as they come, until the operation has ended', async () => {
  const growing: Record<string, string> = { a: '', b: '' };
  let isOver = false;
  const now = () =>
    operationRecord(
      ['a', 'b'].map((address) =>
        operationHost(address, {
          state: isOver ? 'succeeded' : 'running',
          output_bytes: growing[address]?.length ?? 0,
        }),
      ),
      { finished_at: isOver ? 'then' : '' },
    );
  using server = new TestServer({
    'GET /api/v0/operation/op-1': () => Response.json(now()),
    'GET /api/v0/operation/op-1/log': (received) => logsOf(growing, () => isOver)(received),
  });
  using following = start(['operation', 'log', 'op-1', '-f'], { endpoint: server.url });
  growing.a = 'one\n';
  await until(() => following.output.stdout === 'a: one\n');
  growing.b = 'two\n10%\r';
  await until(() => following.output.stdout === 'a: one\nb: two\n');
  growing.a += 'three\n';
  await until(() => following.output.stdout.endsWith('a: three\n'));
  growing.b += '20%\r';
  isOver = true;
  expect(await following.ended).toEqual({
    exitCode: 0,
    stdout: 'a: one\nb: two\na: three\nb: 20%\n',
    stderr: '',
  });
});
