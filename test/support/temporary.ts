import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A private directory that is gone when the scope ends. */
export function temporaryDirectory(parent = tmpdir()): Disposable & { path: string } {
  const path = mkdtempSync(join(parent, 'commissaire-test-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** The same in memory where there is such a place: for tests that make hundreds of stores, each with its commits. */
export function quickTemporaryDirectory(): Disposable & { path: string } {
  return temporaryDirectory(existsSync('/dev/shm') ? '/dev/shm' : tmpdir());
}
