import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '../lib/errors.ts';
import { isUsable, readMounts } from '../lib/executable-directory.ts';

declare global {
  namespace NodeJS {
    interface Process {
      /**
       * Since Node 23.11; Bun has it too, but not in its types yet. Replaces the process; absent on systems without it.
       */
      execve?(file: string, args: readonly string[], env: Record<string, string | undefined>): never;
    }
  }
}

/** Set for the second start, to prevent a third. */
const marker = 'COMMISSAIRE_ADDON_DIRECTORY';

/**
 * Makes sure that the store's native addon can be loaded. The compiled file unpacks it to `$BUN_TMPDIR`, `$TMPDIR` or
 * `/tmp` and maps it as code. A file system mounted `noexec`, as `/tmp` is on hardened hosts, forbids that; and it is
 * unsafe where other users could replace the file. A running process cannot change the directory, so it replaces itself
 * once with a process that has a better one.
 *
 * @throws AppError `store_unusable` when there is no such directory, or when the configuration came from standard
 *   input, which the new process could not read again
 */
export function ensureAddonDirectory({ dataDir, configurationFile, mayMake = true }: Started): void {
  if (!import.meta.url.startsWith('file:///$bunfs/')) return;
  const { env } = process;
  const current = env.BUN_TMPDIR ?? env.TMPDIR ?? '/tmp';
  const mounts = readMounts();
  if (isUsable(current, mounts)) return;
  const candidates = [join(dataDir, 'tmp'), env.XDG_RUNTIME_DIR, '/var/tmp', '/tmp'];
  const better = candidates
    .filter((path) => path !== undefined)
    .find((path) => (!mayMake || canBeMade(path)) && isUsable(path, mounts));
  const again = env[marker] === undefined && configurationFile !== 'standard input';
  if (better === undefined || !again || process.execve === undefined) {
    throw new AppError('store_unusable', `no file can be executed from the temporary directory ${current}`, {
      hint: 'set BUN_TMPDIR to a directory on a file system that is not mounted noexec',
    });
  }
  process.execve(process.execPath, [process.argv0, ...process.argv.slice(2)], {
    ...env,
    BUN_TMPDIR: better,
    [marker]: better,
  });
}

interface Started {
  readonly dataDir: string;
  readonly configurationFile: string | undefined;
  /** Whether a directory may be made; by default it may. */
  readonly mayMake?: boolean;
}

function canBeMade(directory: string): boolean {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    return true;
  } catch {
    return false;
  }
}
