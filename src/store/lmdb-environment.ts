import { open, type RootDatabase, type RootDatabaseOptions } from 'lmdb';
import type { Clock } from '../lib/clock.ts';
import { AppError, describeError } from '../lib/errors.ts';
import { hasNoSpace } from './disk-space.ts';
import { storeFull } from './store-full.ts';
import { rawValues } from './stored-values.ts';

/** How long LMDB may take to report why a commit failed. */
const reasonMs = 1_000;

/** Opens the environment. The data file was checked before, so an error here has another cause. */
export function openEnvironment(path: string, options: RootDatabaseOptions): RootDatabase<unknown, string> {
  try {
    return open({ path, ...rawValues, useVersions: true, noSubdir: false, ...options });
  } catch (cause) {
    throw new AppError('store_unusable', `the store ${path} cannot be opened: ${describeError(cause)}`, {
      hint: 'see that it is a directory, and that the user of the server may read and write what is in it',
      cause,
    });
  }
}

/** Why a commit failed, as an error to throw: `store_full` on a disk without space. */
export async function commitFailure(
  error: Error & { commitError: unknown },
  { clock, directory, floor }: { clock: Clock; directory: string; floor: number | undefined },
): Promise<unknown> {
  const reason = await Promise.race([reasonOf(error), clock.sleep(reasonMs)]);
  if (!/no space left/i.test(String(reason)) && !hasNoSpace(directory)) return reason ?? error;
  return storeFull({ directory, purpose: 'change', floor, cause: reason });
}

/** LMDB reports it with a general error that has a promise of the cause. */
export function isCommitFailure(error: unknown): error is Error & { commitError: unknown } {
  return error instanceof Error && 'commitError' in error;
}

async function reasonOf({ commitError }: { commitError: unknown }): Promise<unknown> {
  try {
    return await commitError;
  } catch (reason) {
    return reason;
  }
}
