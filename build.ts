/**
 * Compiles the one file. `bun build.ts` makes `dist/commissaire` for this machine; `bun build.ts linux-arm64 …` makes
 * `dist/commissaire-<target>` for each target named, with Bun and lmdb's addon as they are pinned.
 *
 *   --outdir DIR       where the files go, instead of dist/
 *   --version VERSION  what they say they are, instead of the version of package.json
 *   --installer FILE   the install.sh that they contain, instead of that of the repository
 *
 * The same source makes the same bytes, in whichever directory it is.
 */
import { existsSync, symlinkSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { BunPlugin } from 'bun';
import { unpackedPackage } from './scripts/lib/release/npm-package.ts';
import { lockedPackage, pinnedRuntime } from './scripts/lib/release/pins.ts';
import { type Target, targetNamed } from './scripts/lib/release/targets.ts';
import { writeSite } from './scripts/lib/site/write-site.ts';

/** lmdb looks for its addon in node_modules at run time; a single file has none, so the addon is imported instead. */
function embedLmdbAddon(addon: string): BunPlugin {
  return {
    name: 'embed-lmdb-addon',
    setup(build) {
      build.onLoad({ filter: /node_modules\/lmdb\/native\.js$/ }, async ({ path }) => {
        const original = await Bun.file(path).text();
        const contents = original
          .replace(/^import loadNAPI from .*$/m, `import embeddedAddon from ${JSON.stringify(addon)};`)
          .replace(/loadNAPI\(dirName\)/, 'embeddedAddon');
        if (contents === original || contents.includes('loadNAPI')) {
          throw new Error('lmdb/native.js no longer looks as build.ts expects: adapt embedLmdbAddon');
        }
        return { contents, loader: 'js' };
      });
    },
  };
}

/** Replaces what a release sets: the version of the manifest, and the text of the installer. */
function releaseSettings({ version, installer }: { version?: string; installer?: string }): BunPlugin {
  const ofRoot = (name: string) => new RegExp(`^${RegExp.escape(join(import.meta.dir, name))}$`);
  return {
    name: 'release-settings',
    setup(build) {
      if (version !== undefined) {
        build.onLoad({ filter: ofRoot('package.json') }, () => ({
          contents: JSON.stringify({ version }),
          loader: 'json',
        }));
      }
      if (installer !== undefined) {
        build.onLoad({ filter: ofRoot('install.sh') }, async ({ loader }) => ({
          contents: await Bun.file(installer).text(),
          loader,
        }));
      }
    },
  };
}

interface Compiled {
  readonly outfile: string;
  readonly addon: string;
  /** Undefined for the Bun that runs this. */
  readonly target?: { readonly bun: Bun.Build.CompileTarget; readonly executable: string };
}

async function compile({ outfile, addon, target }: Compiled): Promise<void> {
  await Bun.build({
    entrypoints: [join(import.meta.dir, 'src/main.ts')],
    target: 'bun',
    format: 'esm',
    minify: { syntax: true, whitespace: true },
    bytecode: true,
    plugins: [embedLmdbAddon(addon), releaseSettings(values)],
    // Packages that ask where they are would otherwise contain the path of this directory.
    define: { __dirname: '"/$bunfs/root"', __filename: '"/$bunfs/root/commissaire"' },
    compile: {
      ...(target === undefined ? {} : { target: target.bun, executablePath: target.executable }),
      outfile,
      autoloadDotenv: false,
      autoloadBunfig: false,
    },
  });
  console.log(`built ${outfile}`);
}

/** For the machine that this runs on. */
async function compileHere(): Promise<void> {
  const { addon } = targetNamed(`${process.platform}-${process.arch}`);
  const installed = join(import.meta.dir, 'node_modules', addon.package, addon.file);
  if (!existsSync(installed)) throw new Error(`${addon.package} is not installed; scripts/bootstrap installs it`);
  await compile({ outfile: join(outdir, 'commissaire'), addon: installed });
  linkPersonalities(outdir);
}

async function compileFor({ name, bun, runtime, addon }: Target): Promise<void> {
  const executable = join(await unpackedPackage(pinnedRuntime(runtime)), 'bin/bun');
  const file = join(await unpackedPackage(lockedPackage(addon.package)), addon.file);
  await compile({ outfile: join(outdir, `commissaire-${name}`), addon: file, target: { bun, executable } });
}

function linkPersonalities(directory: string): void {
  for (const name of ['commctl', 'commissaire-server']) {
    const link = join(directory, name);
    if (existsSync(link)) unlinkSync(link);
    symlinkSync('commissaire', link);
  }
}

// The compiled file embeds it.
writeSite(import.meta.dir);
const { values, positionals } = parseArgs({
  options: { outdir: { type: 'string' }, version: { type: 'string' }, installer: { type: 'string' } },
  allowPositionals: true,
});
const outdir = values.outdir ?? join(import.meta.dir, 'dist');
if (positionals.length === 0) await compileHere();
else for (const target of positionals.map(targetNamed)) await compileFor(target);
