import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UsageError } from '../usage-error.ts';

/**
 * A directory that only its owner can read. It is removed on disposal, and also when this process ends in any other
 * way: a shell waits for the end of a pipe that stays open while the process lives.
 *
 * @throws UsageError when paths below it could not be written into files of ssh
 */
export async function privateDirectory(): Promise<AsyncDisposable & { readonly path: string }> {
  const parent = tmpdir();
  if (!/^[\w./-]+$/.test(parent)) {
    throw new UsageError(`ssh cannot be given files below ${parent}`, { hint: 'set TMPDIR to another directory' });
  }
  const path = await mkdtemp(join(parent, 'commctl-'));
  const guard = Bun.spawn(['/bin/sh', '-c', waitAndRemove, 'sh', path], {
    stdin: 'pipe',
    stdout: 'ignore',
    stderr: 'ignore',
    // So that signals from the terminal do not reach it.
    detached: true,
  });
  return {
    path,
    async [Symbol.asyncDispose]() {
      await rm(path, { recursive: true, force: true });
      await guard.stdin.end();
      await guard.exited;
    },
  };
}

const waitAndRemove = 'trap "" HUP INT QUIT TERM; read -r _; rm -rf -- "$1"';
