import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Effort } from './compressed.ts';
import { epochOf } from './moment.ts';
import { type PackageContents, packagingText, sizeOf, writePackageTree } from './package-tree.ts';
import { ran } from './ran.ts';
import { packageVersion } from './version.ts';

/** A package to be made. */
export interface PackageOrder {
  readonly contents: Omit<PackageContents, 'zsh' | 'licenceFile'>;
  /** As the distribution calls it. */
  readonly architecture: string;
  readonly effort: Effort;
  /** An empty directory. */
  readonly work: string;
  /** The directory that the package goes into. */
  readonly out: string;
}

/** Makes a `.deb` with dpkg-deb, and returns the name of its file. */
export async function makeDebianPackage({ contents, architecture, effort, work, out }: PackageOrder): Promise<string> {
  const version = packageVersion(contents.version);
  const name = `commissaire_${version}_${architecture}.deb`;
  const tree = join(work, 'tree');
  writePackageTree(tree, { ...contents, zsh: 'usr/share/zsh/vendor-completions/_commctl', licenceFile: 'copyright' });
  const size = sizeOf(tree);
  writeControl(tree, {
    Version: version,
    Architecture: architecture,
    'Installed-Size': String(Math.ceil(size / 1024)),
  });
  const compression = effort === 'quick' ? ['-Zgzip', '-z1'] : ['-Zxz', '-z9'];
  await ran('dpkg-deb', ['--root-owner-group', '--threads-max=1', ...compression, '--build', tree, join(out, name)], {
    env: { SOURCE_DATE_EPOCH: epochOf(contents.date) },
  });
  return name;
}

function writeControl(tree: string, fields: Readonly<Record<string, string>>): void {
  const directory = join(tree, 'DEBIAN');
  mkdirSync(directory, { mode: 0o755 });
  chmodSync(directory, 0o755);
  const given = Object.entries(fields).map(([field, value]) => `${field}: ${value}\n`);
  const files: [name: string, text: string, mode: number][] = [
    ['control', packagingText('debian/control').replace(/^Package:.*\n/, (line) => line + given.join('')), 0o644],
    ['conffiles', '/etc/commissaire/commissaire.env\n', 0o644],
    ['md5sums', md5sums(tree), 0o644],
    ...['postinst', 'prerm', 'postrm'].map((name): [string, string, number] => [
      name,
      packagingText(`debian/${name}`),
      0o755,
    ]),
  ];
  for (const [name, text, mode] of files) {
    writeFileSync(join(directory, name), text);
    chmodSync(join(directory, name), mode);
  }
}

/** As `dpkg --verify` reads them; conffiles have no line there. */
function md5sums(tree: string): string {
  const files = readdirSync(tree, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(tree.length + 1))
    .filter((path) => !path.startsWith('etc/') && !path.startsWith('DEBIAN/'));
  const line = (path: string) =>
    `${createHash('md5')
      .update(readFileSync(join(tree, path)))
      .digest('hex')}  ${path}\n`;
  return files.sort().map(line).join('');
}
