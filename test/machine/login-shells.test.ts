import { createHash, randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { copyFiles } from '../../src/machine/copy.ts';
import { clearAway, endDetached, follow, isLaunched, launch } from '../../src/machine/detached.ts';
import { endMarked } from '../../src/machine/ending.ts';
import { detachedText, type Execution, sent } from '../../src/machine/execution.ts';
import { gatherFacts } from '../../src/machine/facts.ts';
import { readBootId } from '../../src/machine/reboot.ts';
import type { Session } from '../../src/ssh/session.ts';
import { loginShells, type ShellFleet, shellFleet } from '../support/login-shells.ts';
import { failureOf, patient } from '../support/ssh.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { until } from '../support/until.ts';

const never = new AbortController().signal;
const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
const everyByte = String.fromCodePoint(...Array.from({ length: 127 }, (_, index) => index + 1));
const nasty = `it's "all": \\n \\\\ \\' !! !1 ^a^b %s %d $HOME \`id\` ~ {a,b} [x] * ? # ; & | 狐 ${everyByte}`;
const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;

const shells = Object.values(loginShells);
/** What a user may have in place of a shell, and what makes sure that nobody logs in. */
const noShells = ['/bin/true', '/usr/sbin/nologin', 'echo This account is closed. #'];

describe.skipIf(userInfo().uid !== 0)('login shells (root only: files are written as root)', () => {
  let fleet: ShellFleet;
  beforeAll(async () => {
    fleet = await shellFleet([...shells, ...noShells]);
  });
  afterAll(async () => {
    await fleet[Symbol.asyncDispose]();
  });

  describe.each(shells)('%s', (shell) => {
    let session: Session;
    beforeAll(async () => {
      session = await fleet.dial(shell);
    });

    test('a command arrives as it is, and nothing else is in its output', async () => {
      const many = Array.from({ length: 60 }, (_, index) => `printf '%s\\n' ${quoted(`${index} ${nasty}`)}`);
      const script = `printf %s ${quoted(nasty)}; printf %s ${quoted(nasty)} >&2; cat; echo "$0 $#"\n${many.join('\n')}\nexit 7`;
      const result = await session.exec(script, { ...patient, stdin: 'standard input' });
      const rest = Array.from({ length: 60 }, (_, index) => `${index} ${nasty}\n`).join('');
      expect(result).toEqual({
        exitCode: 7,
        exitSignal: null,
        stdout: `${nasty}standard inputsh 0\n${rest}`,
        stderr: nasty,
        truncated: false,
      });
    });

    test('a signal that ends the command is told', async () => {
      expect(await session.exec('kill -KILL $$', patient)).toMatchObject({ exitCode: null, exitSignal: 'SIGKILL' });
    });

    test('facts and boot id are read', async () => {
      expect(await gatherFacts(session, never)).toMatchObject({ os: 'debian', bootId });
      expect(await readBootId(session, never)).toBe(bootId);
    });

    test.each<[string, Partial<Execution>]>([
      ['a command', { run: { command: `printf %s ${quoted(nasty)}; cat` } }],
      [
        'a script with arguments',
        { run: { script: 'printf %s "$1"; cat', interpreter: ['/bin/sh'], arguments: [nasty] } },
      ],
      ['a command of another user', { run: { command: `printf %s ${quoted(nasty)}; cat` }, user: 'nobody' }],
    ])('%s of `exec`, attached and detached', async (_form, form) => {
      const execution = { run: { command: '' }, stdin: ' and input', environment: {}, ...form };
      const { line, ...options } = sent(execution, 'mark', 'root');
      const { exitCode, stdout } = await session.exec(line, { ...options, deadlineMs: 30_000 });
      expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: `${nasty} and input` });
      expect(await detached(session, detachedText(execution, 'mark', 'root'))).toBe(`${nasty} and input`);
    });

    test('a command is ended with all that it started', async () => {
      const mark = `login-shell-${randomUUID()}`;
      const { line, ...options } = sent(
        { run: { command: 'sleep 300 & sleep 300; echo no' }, stdin: '', environment: {} },
        mark,
        'root',
      );
      const running = session.exec(line, { ...options, deadlineMs: 60_000 });
      await until(async () => (await session.exec(`grep -lsF ${mark} /proc/[0-9]*/environ`, patient)).stdout !== '');
      await endMarked(session, [mark], never);
      expect(await running).toMatchObject({ exitCode: null, exitSignal: 'SIGTERM' });
    });

    test('a file is written to the path that was given', async () => {
      using directory = temporaryDirectory();
      const base = join(directory.path, `it's a \\n "base" \\\\ !! $HOME 狐`);
      mkdirSync(base);
      const path = `back\\slash !1 'file'`;
      const content = Buffer.from(nasty);
      const sha256 = createHash('sha256').update(content).digest('hex');
      const file = {
        path,
        size: content.length,
        sha256,
        content: async function* () {
          yield content;
        },
      };
      expect(await copyFiles(session, { base, parents: false, directories: [], files: [file] }, never)).toEqual(
        new Set([path]),
      );
      expect(readFileSync(join(base, path), 'utf8')).toBe(nasty);
      expect(await copyFiles(session, { base, parents: false, directories: [], files: [file] }, never)).toEqual(
        new Set(),
      );
      await session.put(join(base, `put it's \\ there`), nasty, { mode: '0600' });
      expect(readFileSync(join(base, `put it's \\ there`), 'utf8')).toBe(nasty);
    });
  });

  test.each([
    ['/bin/true', 'exit code 0'],
    ['/usr/sbin/nologin', 'exit code 1, and printed: This account is currently not available.'],
    ['echo This account is closed. #', 'exit code 0, and printed: This account is closed. # -c exec sh -c'],
  ])('what stands in for the shell never passes for a command: %s', async (shell, how) => {
    const session = await fleet.dial(shell);
    expect(await failureOf(session.exec('reboot', patient))).toMatchObject({
      code: 'command_failed',
      message: expect.stringContaining(`or what stands in for it, ended with ${how}`),
      hint: expect.stringContaining('ForceCommand'),
    });
  });
});

async function detached(session: Session, command: string): Promise<string> {
  const id = `test-${randomUUID()}`;
  onTestFinished(() => clearAway(session, [id], never));
  await launch(session, { id, command }, never);
  const chunks: Uint8Array[] = [];
  const onOutput = async (chunk: Uint8Array) => void chunks.push(Uint8Array.from(chunk));
  expect(await follow(session, id, { from: 0, onOutput, deadlineMs: 30_000, signal: never })).toBe(0);
  expect(await isLaunched(session, id, never)).toBe(true);
  await endDetached(session, id, never);
  return Buffer.concat(chunks).toString();
}
