import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { dirname } from 'node:path';
import type { Environment } from '../../config/environment.ts';
import { AppError } from '../../lib/errors.ts';
import { installScript } from './printed.ts';

/**
 * Runs the install.sh of this build, which replaces the directory's files that this one belongs to. Its output is the
 * output of this process.
 *
 * @param environment its INSTALL_COMMISSAIRE_ variables reach the script; BIN_DIR is that of this file unless given
 * @returns the exit code of the script
 * @throws AppError `invalid_configuration` when there is no `sh`, or this is not the compiled file
 */
export async function runInstallScript(words: readonly string[], environment: Environment): Promise<number> {
  if (!import.meta.path.startsWith('/$bunfs/')) {
    throw new AppError('invalid_configuration', 'only the compiled file can be upgraded', {
      hint: 'this is the source: change it with git',
    });
  }
  const own = { INSTALL_COMMISSAIRE_BIN_DIR: dirname(process.execPath) };
  const child = spawn('sh', ['-c', installScript, 'install.sh', ...words], {
    env: { ...own, ...environment },
    stdio: 'inherit',
  });
  const ended = once(child, 'exit').catch((cause) => {
    throw new AppError('invalid_configuration', 'cannot run sh, which the upgrade needs', { cause });
  });
  // The script cleans up when a person interrupts it; this process waits for that.
  using _patience = untouched();
  const [code, signal]: unknown[] = await ended;
  if (typeof code === 'number') return code;
  return 128 + (Object.entries(constants.signals).find(([name]) => name === signal)?.[1] ?? 0);
}

/** The signals of a terminal reach the script by themselves. */
function untouched(): Disposable {
  const ignore = () => {};
  const names = ['SIGINT', 'SIGHUP'] as const;
  for (const name of names) process.on(name, ignore);
  return {
    [Symbol.dispose]() {
      for (const name of names) process.off(name, ignore);
    },
  };
}
