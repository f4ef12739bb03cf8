import { join } from 'node:path';
import { checkExecutable } from './executable-format.ts';
import { unpackedPackage } from './npm-package.ts';
import { lockedPackage } from './pins.ts';
import { ran } from './ran.ts';
import { root } from './root.ts';
import type { Target } from './targets.ts';

/** A target to be built. */
export interface BuildOrder {
  readonly version: string;
  /** The installer that the file contains. */
  readonly installer: string;
  readonly outdir: string;
}

/** What was built, and whether it was started. */
export interface Built {
  readonly executable: string;
  readonly state: 'runs' | 'not run';
}

/**
 * Compiles a target in a process of its own, compares its headers with what the target needs and, where this machine
 * can start it, asks it for its version.
 *
 * @throws Error when it is not as it must be
 */
export async function buildTarget(target: Target, { version, installer, outdir }: BuildOrder): Promise<Built> {
  const settings = ['--version', version, '--installer', installer, '--outdir', outdir];
  await ran(process.execPath, [join(root, 'build.ts'), target.name, ...settings], { cwd: root });
  const executable = join(outdir, `commissaire-${target.name}`);
  const addon = join(await unpackedPackage(lockedPackage(target.addon.package)), target.addon.file);
  checkExecutable(executable, target.format, addon);
  if (!startsHere(target)) return { executable, state: 'not run' };
  const told = (await ran(executable, ['--version'])).trim();
  if (told !== `commissaire ${version}`) throw new Error(`${executable} --version prints "${told}"`);
  return { executable, state: 'runs' };
}

/** Others may start under an emulator; the long tests try that. */
function startsHere({ name }: Target): boolean {
  const here = `${process.platform}-${process.arch}`;
  return name === here || name === `${here}-baseline`;
}
