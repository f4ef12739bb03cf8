import { expect, test } from 'vitest';
import { inScope } from '../../../src/lib/scope-of-work.ts';
import { createLogger } from '../../../src/telemetry/log/log.ts';
import { writtenForm } from '../../../src/telemetry/log/written-form.ts';
import { allNasty, expectNoControls } from '../../cli/support/nasty.ts';

function recorded(level: string) {
  const lines: string[] = [];
  return { lines, logger: createLogger({ level, destination: { write: (line) => void lines.push(line) } }) };
}

test.each(['password', 'ssh_priv_key', 'authorization', 'Authorization', 'token', 'hash', 'secret', 'cookie'])(
  'the member %s is never logged, down to three levels, nor in what a child carries',
  (name) => {
    const { lines, logger } = recorded('info');
    const secret = { [name]: 'marked-7f3a' };
    logger.info({ ...secret, a: { ...secret, b: { ...secret, c: secret } }, list: [secret] }, 'text');
    logger.child(secret).warn({}, 'text');
    expect(lines).toHaveLength(2);
    expect(lines.join()).not.toContain('marked-7f3a');
  },
);

test('a line carries level, time, details and message; lower levels are left out', () => {
  const { lines, logger } = recorded('warn');
  logger.info({}, 'left out');
  logger.error({ host: '192.0.2.1' }, 'unreachable');
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    expect.objectContaining({
      level: 'error',
      host: '192.0.2.1',
      msg: 'unreachable',
      time: expect.stringMatching(/Z$/),
    }),
  ]);
});

test('another level counts from then on, for children that were there before too', () => {
  const { lines, logger } = recorded('warn');
  const child = logger.child({ part: 'x' });
  child.debug({}, 'left out');
  logger.setLevels({ level: 'debug' });
  child.debug({}, 'first');
  logger.debug({}, 'second');
  logger.setLevels({ level: 'error' });
  child.warn({}, 'left out');
  expect(lines.map((line) => JSON.parse(line).msg)).toEqual(['first', 'second']);
});

test('what others wrote is bounded and has no control characters, in members, children and errors', () => {
  const { lines, logger } = recorded('info');
  const hostile = `\u001b]52;\u009b\u202e${'a'.repeat(140_000)}`;
  logger.child({ peer: hostile }).info({ path: hostile, deep: { [hostile]: [hostile] } }, 'text');
  logger.error({ err: new Error(hostile) }, 'text');
  expect(lines).toHaveLength(2);
  for (const line of lines) {
    expect(line.length).toBeLessThan(20_000);
    expect(line).not.toMatch(/\\u001b|[\u009b\u202e]/);
  }
  expect(JSON.parse(lines[1] ?? '').err).toMatchObject({ type: 'Error', stack: expect.stringContaining('\n    at ') });
});

const nowhere = { isTerminal: false, isJournal: false };

test('on a terminal a line commands nothing and says the same', () => {
  const { lines, logger } = recorded('info');
  logger.info({ host: '192.0.2.1', [`free${allNasty}`]: { error: allNasty } }, allNasty);
  const [plain = ''] = lines;
  const shown = writtenForm('json', { ...nowhere, isTerminal: true })(plain);
  expectNoControls(shown);
  expect(JSON.parse(shown)).toEqual(JSON.parse(plain));
  expectNoControls(writtenForm('auto', { ...nowhere, isTerminal: true })(plain));
});

test('as text a line has its time, level, module and message, and then its members', () => {
  const { lines, logger } = recorded('info');
  logger.child({ module: 'hooks' }).warn({ hook: 'chat', reason: 'exit code 1' }, 'a hook failed');
  logger.error({ err: new TypeError('no') }, 'text');
  const [first = '', second = ''] = lines.map(writtenForm('text', nowhere));
  expect(first).toMatch(/^\d{4}-\S+Z WARN {2}hooks: a hook failed hook=chat reason="exit code 1"\n$/);
  expect(second).toMatch(/ ERROR text\n {4}TypeError: no\n {8}at /);
  expect(lines.map(writtenForm('auto', nowhere))).toEqual(lines);
});

test('the journal gets the priority of each line', () => {
  const { lines, logger } = recorded('debug');
  for (const level of ['debug', 'info', 'warn', 'error'] as const) logger[level]({}, 'text');
  const shown = lines.map(writtenForm('auto', { ...nowhere, isJournal: true }));
  expect(shown.map((line) => line.slice(0, 4))).toEqual(['<7>{', '<6>{', '<4>{', '<3>{']);
});

test('a module has its own level, until it is changed', () => {
  const { lines, logger } = recorded('warn');
  const ssh = logger.child({ module: 'ssh' });
  const inner = ssh.child({ host: '192.0.2.1' });
  logger.setLevels({ level: 'warn', modules: { ssh: 'debug', store: 'error' } });
  inner.debug({}, 'first');
  logger.info({}, 'left out');
  logger.child({ module: 'store' }).warn({}, 'left out');
  logger.setLevels({ level: 'warn' });
  ssh.debug({}, 'left out');
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    expect.objectContaining({ msg: 'first', module: 'ssh', host: '192.0.2.1' }),
  ]);
});

test('a line names the request and the operation it belongs to, through awaits', async () => {
  const { lines, logger } = recorded('info');
  await inScope({ requestId: 'r' }, async () => {
    await Promise.resolve();
    logger.info({}, 'first');
    await inScope({ operation: 'o' }, async () => logger.info({ requestId: 'own' }, 'second'));
  });
  logger.info({}, 'third');
  const said = lines.map((line) => JSON.parse(line)).map(({ requestId, operation }) => [requestId, operation]);
  expect(said).toEqual([
    ['r', undefined],
    ['own', 'o'],
    [undefined, undefined],
  ]);
});

test('a request raises the level for its own lines only, and for a bounded number of them', () => {
  const { lines, logger } = recorded('warn');
  inScope({ wish: { level: 'debug', token: 'mine', linesLeft: 2 } }, () => {
    for (const text of ['first', 'second', 'left out']) logger.debug({}, text);
    logger.warn({}, 'third');
  });
  logger.debug({}, 'left out');
  const said = lines.map((line) => JSON.parse(line));
  expect(said.map(({ msg, logToken }) => [msg, logToken])).toEqual([
    ['first', 'mine'],
    ['second', 'mine'],
    ['third', 'mine'],
  ]);
});

test('a flood of lines is left out and counted, except errors', () => {
  const lines: string[] = [];
  let now = 0;
  const clock = { monotonic: () => now };
  const logger = createLogger({ level: 'info', clock, destination: { write: (line) => void lines.push(line) } });
  for (let count = 0; count < 20_010; count += 1) logger.info({}, 'flood');
  expect(lines).toHaveLength(20_000);
  logger.error({}, 'an error');
  now += 1_000;
  logger.info({}, 'after');
  expect(lines.slice(20_000).map((line) => JSON.parse(line))).toEqual([
    expect.objectContaining({ level: 'warn', lines: 11 }),
    expect.objectContaining({ msg: 'an error' }),
    expect.objectContaining({ msg: 'after' }),
  ]);
});

test('of an error stand type, message and stack, and nothing that it carries', () => {
  const { lines, logger } = recorded('info');
  const cause = new Error('marked-7f3a');
  logger.error({ err: Object.assign(new TypeError('no', { cause }), { sent: 'marked-7f3a' }) }, 'text');
  logger.error({ err: new Error('m'.repeat(10_000)) }, 'text');
  expect(JSON.parse(lines[0] ?? '').err).toEqual({ type: 'TypeError', message: 'no', stack: expect.any(String) });
  expect(lines.join()).not.toContain('marked-7f3a');
  expect(JSON.parse(lines[1] ?? '').err.message).toHaveLength(2_000);
});
