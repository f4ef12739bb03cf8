import { expect, test } from 'vitest';
import { createLogger, onTerminal } from '../../src/server/log.ts';
import { allNasty, expectNoControls } from '../cli/support/nasty.ts';

function recorded(level: string) {
  const lines: string[] = [];
  return { lines, logger: createLogger(level, { write: (line) => void lines.push(line) }) };
}

test.each(['password', 'ssh_priv_key', 'authorization', 'Authorization', 'token', 'hash'])(
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
  logger.setLevel('debug');
  child.debug({}, 'first');
  logger.debug({}, 'second');
  logger.setLevel('error');
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

test('on a terminal a line commands nothing and says the same', () => {
  const lines: string[] = [];
  const written = { write: (line: string) => void lines.push(line) };
  const details = { host: '192.0.2.1', [`free${allNasty}`]: { error: allNasty } };
  for (const destination of [written, onTerminal(written)]) createLogger('info', destination).info(details, allNasty);
  const [plain = '', shown = ''] = lines;
  expectNoControls(shown);
  const { time: _at, ...said } = JSON.parse(shown);
  expect(JSON.parse(plain)).toMatchObject(said);
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
