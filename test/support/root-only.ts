import { execFileSync } from 'node:child_process';
import { temporaryDirectory } from './temporary.ts';

/** Whether this process may mount file systems. Tests that need to skip themselves without it, and say so. */
export const mayMount = process.platform === 'linux' && process.getuid?.() === 0;

/** What stands in the name of a test that needs `mayMount`. */
export const needsRoot = mayMount ? '' : ' (skipped: needs root on Linux)';

/** A small file system of its own, with mount(8) options such as `size=2m` or `noexec`; unmounted when the scope ends. */
export function temporaryFileSystem(options: string): Disposable & { path: string } {
  const directory = temporaryDirectory();
  execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', directory.path]);
  return {
    path: directory.path,
    [Symbol.dispose]() {
      execFileSync('umount', ['--lazy', directory.path]);
      directory[Symbol.dispose]();
    },
  };
}
