import { cpSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PackageOrder } from './debian-package.ts';
import { epochOf } from './moment.ts';
import { packagingText, writePackageTree } from './package-tree.ts';
import { ran } from './ran.ts';
import { packageVersion } from './version.ts';

/** Makes an `.rpm` with rpmbuild, and returns the name of its file. */
export async function makeRpmPackage({ contents, architecture, effort, work, out }: PackageOrder): Promise<string> {
  const tree = join(work, 'tree');
  writePackageTree(tree, { ...contents, zsh: 'usr/share/zsh/site-functions/_commctl', licenceFile: 'LICENCES.txt' });
  const top = join(work, 'rpmbuild');
  mkdirSync(top);
  const spec = join(work, 'commissaire.spec');
  writeFileSync(spec, packagingText('commissaire.spec'));
  const defined = {
    _topdir: top,
    staged_tree: tree,
    release_version: packageVersion(contents.version),
    // Read by every rpm since 4.6, unlike zstd.
    _binary_payload: effort === 'quick' ? 'w1.gzdio' : 'w9.xzdio',
    _buildhost: 'localhost',
    use_source_date_epoch_as_buildtime: '1',
    clamp_mtime_to_source_date_epoch: '1',
    source_date_epoch_from_changelog: '0',
  };
  const definitions = Object.entries(defined).flatMap(([name, value]) => ['--define', `${name} ${value}`]);
  await ran('rpmbuild', ['-bb', '--quiet', '--target', `${architecture}-linux`, ...definitions, spec], {
    env: { SOURCE_DATE_EPOCH: epochOf(contents.date) },
  });
  const [name = ''] = readdirSync(join(top, 'RPMS', architecture));
  cpSync(join(top, 'RPMS', architecture, name), join(out, name));
  return name;
}
