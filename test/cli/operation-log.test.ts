import { expect, test } from 'vitest';
import { commctl, start } from './support/commctl.ts';
import { type Answer, TestServer } from './support/server.ts';
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
