import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UsageError } from '../usage-error.ts';

/**
 * A directory that only its owner can look into. It is gone when this is disposed, and also when this process ends in
 * any other way: a shell waits for the end of a pipe that is open for as long as the process lives.
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
    // Out of reach of what the terminal sends to all its processes.
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
