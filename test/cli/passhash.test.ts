import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isPasswordHash, verifyPassword } from '../../src/auth/authenticators/basic/password-hash.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { commctl, commctlOnTerminal } from './support/commctl.ts';

/** Four is the least: these tests are not about the strength. */
const quick = ['passhash', '--rounds', '4'];

describe('the hash is one of the password alone', () => {
  const cases: [name: string, args: string[], stdin: string, password: string][] = [
    ['--password', ['-p', 'bad idea'], '', 'bad idea'],
    ['stdin', ['-f', '-'], 'secret', 'secret'],
    ['a newline at the end', ['-f', '-'], 'secret\n', 'secret'],
    ['one made elsewhere', ['-f', '-'], 'secret\r\n', 'secret'],
    ['only one newline', ['-f', '-'], 'secret\n\n', 'secret\n'],
    ['letters of all kinds', ['-f', '-'], 'pässwört: 密码\n', 'pässwört: 密码'],
    ['all that bcrypt reads', ['-f', '-'], 'x'.repeat(72), 'x'.repeat(72)],
  ];

  test.each(cases)('%s', async (_name, args, stdin, password) => {
    const { exitCode, stdout, stderr } = await commctl([...quick, ...args], { file: null, stdin });
    expect({ exitCode, stdout, stderr }).toEqual({
      exitCode: 0,
      stdout: expect.stringMatching(/^\$2b\$04\$[./A-Za-z0-9]{53}\n$/),
      stderr: '',
    });
    const hash = stdout.trimEnd();
    expect(isPasswordHash(hash)).toBe(true);
    expect(await verifyPassword(password, hash)).toBe(true);
    expect(await verifyPassword(`!${password}`, hash)).toBe(false);
  });

  test('a file, with 12 rounds unless told otherwise', async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, 'password.txt');
    writeFileSync(path, 'secret\n');
    const { stdout } = await commctl(['passhash', '--file', path], { file: null });
    expect(stdout).toMatch(/^\$2b\$12\$/);
    expect(await verifyPassword('secret', stdout.trimEnd())).toBe(true);
  });
});

test('on a terminal it is asked for and does not show', async () => {
  const { exitCode, screen } = await commctlOnTerminal(quick, { file: null, answers: { 'Password: ': 'secret\r' } });
  expect(exitCode).toBe(0);
  const [, hash = ''] = /^Password: \r\n(\S+)\r\n$/.exec(screen) ?? [];
  expect(await verifyPassword('secret', hash)).toBe(true);
});

describe('mistakes', () => {
  const cases: [args: string[], stdin: string, stderr: string][] = [
    [
      [],
      '',
      'there is nobody to ask for the password\nhint: give it in a file with --file FILE, or on stdin with --file -',
    ],
    [['-p', 'a', '-f', '-'], 'b', '--password and --file do not go together'],
    [['-f', '-'], '\n', 'the password is empty'],
    [['-p', ''], '', 'the password is empty'],
    [
      ['-f', '/nonexistent/password'],
      '',
      'cannot read the password file /nonexistent/password: there is no such file or directory',
    ],
    [['-f', '-'], 'x'.repeat(73), 'the password has 73 bytes, and bcrypt reads 72 of them\nhint: choose a shorter one'],
    [
      ['-r', '3'],
      '',
      "option '-r, --rounds <N>' argument '3' is invalid. Give a whole number from 4 to 31.\nhint: see `commissaire ctl passhash --help`",
    ],
  ];

  test.each(cases)('%j', async (args, stdin, stderr) => {
    expect(await commctl(['passhash', ...args], { file: null, stdin })).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: `commctl: ${stderr}\n`,
    });
  });
});
