import { constants } from 'node:os';
import { UsageError } from '../usage-error.ts';
import { privateDirectory } from './private-directory.ts';
import { writeSshFiles } from './ssh-files.ts';
import type { Login } from './way.ts';

/** Signals that would end the process. They are passed on, so that ssh ends first and its files can be removed. */
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;

/**
 * Runs ssh to the last machine, on the streams of this process.
 *
 * @param args follow the host on the command line, unchanged, without a shell
 * @returns its exit code; 128 plus the number of the signal when one ended it
 */
export async function runSsh(way: readonly Login[], args: readonly string[]): Promise<number> {
  const program = Bun.which('ssh');
  if (program === null) throw new UsageError('there is no ssh on this machine', { hint: 'install OpenSSH' });
  await using directory = await privateDirectory();
  const config = await writeSshFiles(directory.path, way);
  const address = way.at(-1)?.address ?? '';
  // Set here too: the first value on the command line counts, so later arguments cannot change it.
  const words = ['-F', config, '-o', 'StrictHostKeyChecking=yes', address, ...args];
  const child = Bun.spawn([program, ...words], { stdio: ['inherit', 'inherit', 'inherit'] });
  const passOn = (signal: NodeJS.Signals) => child.kill(signal);
  for (const signal of signals) process.on(signal, passOn);
  try {
    await child.exited;
  } finally {
    for (const signal of signals) process.off(signal, passOn);
  }
  const { signalCode, exitCode } = child;
  return typeof signalCode === 'string' ? 128 + constants.signals[signalCode] : (exitCode ?? 1);
}
