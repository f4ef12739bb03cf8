import { type SpawnSyncOptions, spawnSync } from 'node:child_process';
import { copyFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { compiledExecutable } from '../support/compiled.ts';
import { temporaryDirectory } from '../support/temporary.ts';

/** The compiled file alone in a directory far from every `node_modules`, with the links it is called by. */
export function installed(): Disposable & { directory: string; command: (name: string) => string } {
  const { path, [Symbol.dispose]: remove } = temporaryDirectory();
  copyFileSync(compiledExecutable(), join(path, 'commissaire'));
  for (const name of ['commctl', 'commissaire-server']) symlinkSync('commissaire', join(path, name));
  return { directory: path, command: (name) => join(path, name), [Symbol.dispose]: remove };
}

export interface Ran {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs a command to its end, with an empty environment unless one is given. */
export function run([command = '', ...args]: readonly string[], options: SpawnSyncOptions = {}): Ran {
  const { status, stdout, stderr, error } = spawnSync(command, args, { env: {}, timeout: 20_000, ...options });
  if (error !== undefined) throw error;
  return { code: status, stdout: stdout.toString(), stderr: stderr.toString() };
}
