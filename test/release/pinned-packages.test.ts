import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { checkExecutable, formatOf } from '../../scripts/lib/release/executable-format.ts';
import { unpackedPackage } from '../../scripts/lib/release/npm-package.ts';
import { lockedPackage, pinnedRuntime } from '../../scripts/lib/release/pins.ts';
import { root } from '../../scripts/lib/release/root.ts';
import { targets } from '../../scripts/lib/release/targets.ts';

test('every target has a pinned Bun of the version of package.json, and a locked addon', () => {
  for (const { runtime, addon } of targets) {
    expect(`bun@${pinnedRuntime(runtime).version}`).toBe(manifest.packageManager);
    expect(lockedPackage(addon.package)).toMatchObject({ version: manifest.dependencies.lmdb });
  }
});

test('an archive with another digest is refused before it is unpacked', async () => {
  const archive = join(root, '.tools/release', `tampered-${process.pid}.0.0.tgz`);
  mkdirSync(join(root, '.tools/release'), { recursive: true });
  writeFileSync(archive, 'other bytes');
  try {
    const pinned = { name: 'tampered', version: `${process.pid}.0.0`, integrity: 'sha512-AAAA' };
    await expect(unpackedPackage(pinned)).rejects.toThrow(`is not tampered@${process.pid}.0.0 as it is pinned`);
  } finally {
    rmSync(archive);
  }
});

test('an executable is judged by its headers and by the addon in it', () => {
  const own = process.execPath;
  const here = targets.find(({ name }) => name === `${process.platform}-${process.arch}`);
  if (here === undefined) throw new Error('there is no target for this machine');
  const format = formatOf(readFileSync(own));
  expect(format).toEqual(here.format);
  const addon = join(root, 'node_modules', here.addon.package, here.addon.file);
  expect(() => checkExecutable(own, here.format, addon)).toThrow('does not contain');
  const other = targets.find(({ name }) => name === 'linux-arm64-musl');
  expect(() => checkExecutable(own, other?.format ?? here.format, addon)).toThrow('wanted is');
  expect(() => formatOf(Buffer.from('#!/bin/sh\n'.padEnd(100)))).toThrow('neither an ELF nor a Mach-O');
});
