import { Database } from 'bun:sqlite';
import type { Clock } from '../../lib/clock.ts';
import { UsageError } from '../usage-error.ts';

const pauseMs = 20;
const patienceMs = 10_000;

/**
 * Waits until no other process has the lock of this file. The system releases the lock when a process ends, however it
 * ends.
 *
 * @throws UsageError when another process has it for ten seconds
 */
export async function lockFile(path: string, clock: Clock): Promise<Disposable> {
  const deadline = clock.monotonic() + patienceMs;
  for (;;) {
    const lock = attempt(path);
    if (lock !== undefined) return lock;
    if (clock.monotonic() > deadline) throw new UsageError(`another commctl has ${path} locked for too long`);
    await clock.sleep(pauseMs);
  }
}

function attempt(path: string): Disposable | undefined {
  const database = new Database(path, { create: true });
  try {
    database.run('PRAGMA busy_timeout = 0');
    database.run('BEGIN EXCLUSIVE');
    return { [Symbol.dispose]: () => database.close() };
  } catch (error) {
    database.close();
    if (error instanceof Error && 'code' in error && error.code === 'SQLITE_BUSY') return undefined;
    throw error;
  }
}
