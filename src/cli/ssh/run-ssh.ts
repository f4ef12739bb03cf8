import { constants } from 'node:os';
import { UsageError } from '../usage-error.ts';
import { pinning } from './pinning.ts';
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
  const machine = way.at(-1);
  if (machine === undefined) throw new Error('there is no machine to log in to');
  await using directory = await privateDirectory();
  const ssh = { knowsCommand: knowsCommand(program) };
  const { config, knownHosts } = await writeSshFiles(directory.path, way, ssh);
  // Before the arguments, which can then not change them: ssh takes the first value it finds.
  const pinned = Object.entries(pinning(machine, { knownHosts, ...ssh })).flatMap(([name, value]) => [
    '-o',
    `${name}=${value}`,
  ]);
  const words = ['-F', config, ...pinned, machine.address, ...args];
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

/** An older ssh would refuse the option. */
function knowsCommand(program: string): boolean {
  const asked = Bun.spawnSync([program, '-o', 'KnownHostsCommand=none', '-V'], {
    stdio: ['ignore', 'ignore', 'ignore'],
  });
  return asked.exitCode === 0;
}
