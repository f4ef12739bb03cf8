/**
 * Compiles the one file. `bun build.ts` makes `dist/commissaire` for this machine; `bun build.ts linux-arm64 …` makes
 * `dist/commissaire-<target>` for each target named, whose lmdb package must be installed too.
 */
import { existsSync, symlinkSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { BunPlugin } from 'bun';
import { writeSite } from './scripts/lib/site/write-site.ts';

const targets: Record<string, { bun: Bun.Build.CompileTarget; addon: string }> = {
  'linux-x64': { bun: 'bun-linux-x64', addon: 'lmdb-linux-x64/node.napi.glibc.node' },
  'linux-x64-baseline': { bun: 'bun-linux-x64-baseline', addon: 'lmdb-linux-x64/node.napi.glibc.node' },
  'linux-x64-musl': { bun: 'bun-linux-x64-musl', addon: 'lmdb-linux-x64/node.napi.musl.node' },
  'linux-arm64': { bun: 'bun-linux-arm64', addon: 'lmdb-linux-arm64/node.napi.glibc.node' },
  'darwin-arm64': { bun: 'bun-darwin-arm64', addon: 'lmdb-darwin-arm64/node.napi.node' },
};

/** lmdb looks for its addon in node_modules at run time; a single file has none, so the addon is imported instead. */
function embedLmdbAddon(addon: string): BunPlugin {
  return {
    name: 'embed-lmdb-addon',
    setup(build) {
      build.onLoad({ filter: /node_modules\/lmdb\/native\.js$/ }, async ({ path }) => {
        const original = await Bun.file(path).text();
        const contents = original
          .replace(/^import loadNAPI from .*$/m, `import embeddedAddon from '@lmdb/${addon}';`)
          .replace(/loadNAPI\(dirName\)/, 'embeddedAddon');
        if (contents === original || contents.includes('loadNAPI')) {
          throw new Error('lmdb/native.js no longer looks as build.ts expects: adapt embedLmdbAddon');
        }
        return { contents, loader: 'js' };
      });
    },
  };
}

async function compile(name: string, outfile: string): Promise<void> {
  const target = targets[name];
  if (target === undefined) throw new Error(`unknown target ${name}; known are ${Object.keys(targets).join(', ')}`);
  const addon = join(import.meta.dir, 'node_modules/@lmdb', target.addon);
  if (!existsSync(addon)) throw new Error(`${target.addon} is not installed, so ${name} cannot be built here`);
  await Bun.build({
    entrypoints: [join(import.meta.dir, 'src/main.ts')],
    target: 'bun',
    format: 'esm',
    minify: { syntax: true, whitespace: true },
    bytecode: true,
    plugins: [embedLmdbAddon(target.addon)],
    compile: {
      target: target.bun,
      outfile,
      autoloadDotenv: false,
      autoloadBunfig: false,
    },
  });
  console.log(`built ${outfile}`);
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
const dist = join(import.meta.dir, 'dist');
const wanted = process.argv.slice(2);
if (wanted.length === 0) {
  await compile(`${process.platform}-${process.arch}`, join(dist, 'commissaire'));
  linkPersonalities(dist);
} else {
  for (const name of wanted) await compile(name, join(dist, `commissaire-${name}`));
}
