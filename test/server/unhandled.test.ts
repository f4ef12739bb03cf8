import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const faults = fileURLToPath(new URL('./processes/faults.ts', import.meta.url));
const clientFault = fileURLToPath(new URL('./processes/client-fault.ts', import.meta.url));

function run(command: string, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', timeout: 20_000 });
  return { status, stdout, stderr };
}

test('what nobody handles is one line of the log each, and the server goes on and ends with 0', () => {
  const { status, stdout, stderr } = run(process.execPath, faults);
  expect(stderr).not.toContain('marked-7f3a');
  const lines = stderr.trim().split('\n');
  const told = lines.map((line): { level: string; msg: string; from?: string; err?: object } => JSON.parse(line));
  const fault = (type: string, message: string) =>
    expect.objectContaining({
      level: 'error',
      msg: 'a fault that nobody handled; the server goes on',
      err: expect.objectContaining({ type, message }),
    });
  expect(told).toHaveLength(6);
  expect(told).toEqual(
    expect.arrayContaining([
      fault('Error', 'thrown'),
      fault('TypeError', 'rejected'),
      fault('string', 'no error at all'),
      fault('Error', 'of a request'),
      expect.objectContaining({
        level: 'error',
        from: 'console',
        err: expect.objectContaining({ type: 'RangeError' }),
      }),
      expect.objectContaining({ level: 'warn', from: 'console', msg: 'printed { too: true }' }),
    ]),
  );
  expect(told[0]?.err).toEqual({ type: 'RangeError', message: 'printed', stack: expect.stringContaining('faults.ts') });
  expect([status, stdout]).toEqual([0, 'still there, answered 500\n']);
});

test.skipIf(!existsSync('/dev/full'))('a log that cannot be written does not end the server', () => {
  const { status, stdout } = run('/bin/sh', '-c', 'exec "$@" 2>/dev/full', 'sh', process.execPath, faults);
  expect([status, stdout]).toEqual([0, 'still there, answered 500\n']);
});

test('a command ends with a message, and with 1', () => {
  expect(run(process.execPath, clientFault)).toEqual({
    status: 1,
    stdout: '',
    stderr:
      'commctl: a fault\nhint: this is a fault of the program; set COMMISSAIRE_DEBUG=1 to see where it comes from\n',
  });
});
