import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { execKind } from '../../../src/operations/kinds/exec.ts';
import { temporaryDirectory } from '../../support/temporary.ts';
import { until } from '../../support/until.ts';
import { type Bench, benchOf, processesWith } from './support.ts';

const isRoot = userInfo().uid === 0;
let bench: Bench;

beforeAll(async () => {
  bench = await benchOf(execKind());
});

afterAll(async () => {
  await bench[Symbol.asyncDispose]();
});

const quotes = `it's "so" $HOME \`id\` \\ \n\t* 狐 `;

describe('what a command finds', () => {
  test.each<[string, Record<string, unknown>, string]>([
    ['nothing to read', { command: 'wc -c' }, '0\n'],
    ['what was given it to read', { command: 'cat', stdin: quotes }, quotes],
    ['more to read than a pipe holds', { command: 'wc -c', stdin: 'x'.repeat(500_000) }, '500000\n'],
    ['odd values in its environment', { command: 'printf %s "$ODD"', environment: { ODD: quotes } }, quotes],
    ['an empty value', { command: 'env | grep ^EMPTY', environment: { EMPTY: '' } }, 'EMPTY=\n'],
    ['its directory', { command: 'pwd', directory: '/usr/share' }, '/usr/share\n'],
    ['its umask', { command: 'umask', umask: '027' }, '0027\n'],
    ['its own quotes', { command: `printf '%s' "it's \\"so\\""` }, `it's "so"`],
    [
      'a script and its arguments',
      { script: 'for a; do printf "<%s>" "$a"; done', arguments: ['', quotes, '-n'] },
      `<><${quotes}><-n>`,
    ],
    ['a script and what it reads', { script: 'read -r line; echo "got $line"', stdin: 'one\ntwo\n' }, 'got one\n'],
    [
      'another interpreter',
      { script: 'BEGIN { print ARGV[1] }', interpreter: 'awk -f', arguments: ['word'] },
      'word\n',
    ],
    [
      'an interpreter of another language',
      { script: 'print "$ARGV[0]:", <STDIN>', interpreter: 'perl', arguments: ['b'], stdin: 'a' },
      'b:a',
    ],
    ['a long script', { script: `${'# a comment of some length\n'.repeat(30_000)}echo end` }, 'end\n'],
    [
      'both streams in order',
      { command: 'for n in 1 2 3; do echo o$n; echo e$n >&2; done' },
      'o1\ne1\no2\ne2\no3\ne3\n',
    ],
  ])('%s', async (_name, parameters, output) => {
    const done = await bench.run(parameters);
    expect(done.host.error).toBeNull();
    expect(done.output).toBe(output);
    expect(done.host).toMatchObject({ state: 'succeeded', exit_code: 0, attempts: 1 });
  });
});

test.each<[string, Record<string, unknown>, number]>([
  ['its exit code', { command: 'exit 42' }, 42],
  ['the exit code of a script', { script: 'exit 43' }, 43],
  ['a signal that ended it', { command: 'kill -TERM $$' }, 143],
  ['a directory that is not there', { command: 'true', directory: '/does/not/exist' }, 1],
  ['an interpreter that is not there', { script: 'true', interpreter: '/does/not/exist' }, 127],
])('a command fails with %s', async (_name, parameters, code) => {
  const { host } = await bench.run(parameters);
  expect(host).toMatchObject({ state: 'failed', exit_code: code, error: { code: 'command_failed' } });
});

test('20 MB of output arrive whole', async () => {
  const { host, output } = await bench.run({ command: 'yes 0123456789abcde | head -c 20000000' });
  expect(host).toMatchObject({ state: 'succeeded', output_bytes: 20_000_000 });
  expect(output).toBe('0123456789abcde\n'.repeat(1_250_000));
});

test.each<[string, Record<string, unknown>]>([
  ['neither command nor script', {}],
  ['both', { command: 'true', script: 'true' }],
  ['an interpreter without a script', { command: 'true', interpreter: 'sh' }],
  ['a relative directory', { command: 'true', directory: 'tmp' }],
  ['a name that is none', { command: 'true', environment: { 'A=B': '' } }],
  ['a user that is an option', { command: 'true', user: '-s' }],
  ['a character that ends words', { command: 'true\0' }],
])('parameters with %s are refused', (_name, parameters) => {
  expect(() => bench.engine().checkParameters('exec', parameters)).toThrow(
    expect.objectContaining({ code: 'invalid_member' }),
  );
});

test.skipIf(!isRoot)('another user runs it, in a home of its own (root only)', async () => {
  const { output } = await bench.run({ command: 'id -un; echo "$HOME $USER"', user: 'nobody' });
  expect(output).toMatch(/^nobody\n\/\S* nobody\n$/);
  const missing = await bench.run({ command: 'true', user: 'no-such-user' });
  expect(missing.host).toMatchObject({ state: 'failed', exit_code: null, error: { code: 'command_failed' } });
});

describe('the end of what runs', () => {
  /** Its processes: one that left the session, one that dropped its environment, one that does not hear TERM. */
  const stubborn = (marker: string) =>
    [
      `setsid sh -c 'sleep 300; : ${marker}' &`,
      `env -i sh -c 'sleep 300; : ${marker}' &`,
      `sh -c 'trap "" TERM; while :; do sleep 1; done; : ${marker}' &`,
      'echo begun; wait',
    ].join('\n');
  const begun = async (id: string, marker: string) =>
    until(async () => (await bench.result(id)).output.includes('begun') && processesWith(marker).length >= 3);

  const ways: Array<[string, Record<string, unknown>]> = [
    ['attached', {}],
    ['attached, as another user,', { user: 'nobody' }],
    ['detached', { detached: true }],
    ['detached, as another user,', { detached: true, user: 'nobody' }],
  ];
  // The others need root.
  test.each(ways.slice(0, isRoot ? ways.length : 1))(
    '%s and cancelled, it leaves no process behind',
    async (_name, more) => {
      const marker = `marker-${randomUUID()}`;
      const { engine, id } = await bench.start({ command: stubborn(marker), ...more });
      onTestFinished(() => rmSync(join('/run/commissaire', id), { recursive: true, force: true }));
      await begun(id, marker);
      await engine.command(id, { act: 'cancel', by: 'tester', now: true });
      await engine.released(id);
      expect((await bench.result(id)).host).toMatchObject({ state: 'cancelled', error: { code: 'cancelled' } });
      expect(processesWith(marker)).toEqual([]);
    },
  );

  test('when its time is up it is ended too, and other commands are left alone', async () => {
    const other = await bench.start({ command: 'echo begun; read -r line', stdin: '' });
    await other.engine.released(other.id);
    const marker = `marker-${randomUUID()}`;
    const { host } = await bench.run({ command: stubborn(marker) }, { timeout: 2 });
    expect(host).toMatchObject({ state: 'failed', error: { code: 'timed_out' } });
    expect(processesWith(marker)).toEqual([]);
  });

  test('after the deadline of the kind as well', async () => {
    await using hasty = await benchOf(execKind(1_000));
    const marker = `marker-${randomUUID()}`;
    const { host } = await hasty.run({ command: stubborn(marker) });
    expect(host).toMatchObject({ state: 'failed', error: { code: 'timed_out' } });
    expect(processesWith(marker)).toEqual([]);
  });
});

test('a server that stops meanwhile leaves an unknown outcome, and nothing is run twice', async () => {
  using directory = temporaryDirectory();
  const count = join(directory.path, 'count');
  const go = join(directory.path, 'go');
  const command = `echo ran >>${count}; while [ ! -e ${go} ]; do sleep 0.05; done; echo ended >>${count}`;
  const { engine, id } = await bench.start({ command });
  await until(() => existsSync(count));
  await engine.stop();
  const next = bench.engine();
  await next.resume();
  await next.released(id);
  expect((await bench.result(id)).host).toMatchObject({
    state: 'failed',
    exit_code: null,
    attempts: 2,
    error: { code: 'outcome_unknown' },
  });
  await Bun.write(go, '');
  await until(() => processesWith(count).length === 0);
  expect(readFileSync(count, 'utf8')).toMatch(/^ran\n(ended\n)?$/);
});

test('a connection that is lost leaves an unknown outcome, and nothing is run twice', async () => {
  using directory = temporaryDirectory();
  const count = join(directory.path, 'count');
  // The connection's own process is the parent of what runs on it.
  const command = `echo ran >>${count}; p=$PPID; while read -r name value </proc/$p/comm; do case $name in sshd*) kill -9 $p; exit;; esac; p=$(cut -d ' ' -f 4 /proc/$p/stat); done`;
  const { host } = await bench.run({ command }, { retries: 2, retry_backoff: 0 });
  expect(host).toMatchObject({ state: 'failed', exit_code: null, attempts: 1, error: { code: 'outcome_unknown' } });
  expect(readFileSync(count, 'utf8')).toBe('ran\n');
});

describe.skipIf(!isRoot)('detached (root only: its run directory is in /run)', () => {
  test.each<[string, Record<string, unknown>, string]>([
    ['reads what it is given', { command: 'cat', stdin: quotes }, quotes],
    [
      'runs a script as somebody else',
      { script: 'id -un; echo "$1"', arguments: [quotes], user: 'nobody' },
      `nobody\n${quotes}\n`,
    ],
  ])('it %s', async (_name, parameters, output) => {
    const done = await bench.run({ ...parameters, detached: true });
    expect(done.host).toMatchObject({ state: 'succeeded', exit_code: 0, error: null });
    expect(done.output).toBe(output);
    expect(existsSync(`/run/commissaire/${done.id}.exec`)).toBe(false);
  });

  test('it outlives the server, and the next one tells how it ended', async () => {
    using directory = temporaryDirectory();
    const go = join(directory.path, 'go');
    const command = `echo begun; while [ ! -e ${go} ]; do sleep 0.05; done; echo ended; exit 5`;
    const { engine, id } = await bench.start({ command, detached: true });
    await until(async () => (await bench.result(id)).output === 'begun\n');
    await engine.stop();
    await Bun.write(go, '');
    const next = bench.engine();
    await next.resume();
    await next.released(id);
    const { host, output } = await bench.result(id);
    expect(host).toMatchObject({ state: 'failed', exit_code: 5, attempts: 2 });
    expect(output).toBe('begun\nended\n');
  });
});
