import {
  chmodSync,
  constants,
  copyFileSync,
  cpSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { type Edition, writeCompletions, writeDocuments, writeManPages } from './documentation.ts';
import { root } from './root.ts';

/** What a package contains, beside what is the same in all. */
export interface PackageContents extends Edition {
  /** The compiled file. */
  readonly executable: string;
  readonly notices: string;
  readonly bill: string;
  /** Where the distribution looks for completions of zsh. */
  readonly zsh: string;
  /** The name of the licence notices below the documentation. */
  readonly licenceFile: string;
}

/** Writes the tree of files of a package for a distribution, with the modes that the files are to have. */
export function writePackageTree(tree: string, contents: PackageContents): void {
  const at = (path: string) => join(tree, path);
  mkdirSync(at('usr/bin'), { recursive: true });
  copyFileSync(contents.executable, at('usr/bin/commissaire'), constants.COPYFILE_FICLONE);
  for (const name of ['commctl', 'commissaire-server']) symlinkSync('commissaire', at(`usr/bin/${name}`));
  place(packaging('commissaire.service'), at('usr/lib/systemd/system/commissaire.service'));
  place(packaging('commissaire.sysusers'), at('usr/lib/sysusers.d/commissaire.conf'));
  place(packaging('commissaire.tmpfiles'), at('usr/lib/tmpfiles.d/commissaire.conf'));
  place(packaging('package-setup.sh'), at('usr/lib/commissaire/setup'));
  place(packaging('commissaire.env'), at('etc/commissaire/commissaire.env'));
  writeManPages(at('usr/share/man'), contents);
  writeCompletions({
    bash: at('usr/share/bash-completion/completions/commctl'),
    zsh: at(contents.zsh),
    fish: at('usr/share/fish/vendor_completions.d/commctl.fish'),
  });
  writeDocuments(at('usr/share/doc/commissaire'));
  place(packaging('commissaire-hooks.dropin'), at('usr/share/doc/commissaire/hooks.conf'));
  writeFileSync(at(`usr/share/doc/commissaire/${contents.licenceFile}`), contents.notices);
  writeFileSync(at('usr/share/doc/commissaire/commissaire.cdx.json'), contents.bill);
  setModes(tree);
  for (const program of ['usr/bin/commissaire', 'usr/lib/commissaire/setup']) chmodSync(at(program), 0o755);
  chmodSync(at('etc/commissaire'), 0o750);
  chmodSync(at('etc/commissaire/commissaire.env'), 0o600);
}

/** The text of a file in packaging/. */
export function packagingText(name: string): string {
  return readFileSync(packaging(name), 'utf8');
}

/** In bytes. */
export function sizeOf(tree: string): number {
  const entries = readdirSync(tree, { recursive: true, encoding: 'utf8' });
  return entries.map((name) => lstatSync(join(tree, name))).reduce((sum, { size }) => sum + size, 0);
}

function packaging(name: string): string {
  return join(root, 'packaging', name);
}

function place(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  cpSync(from, to);
}

/** The modes of the repository depend on the umask of whoever cloned it. */
function setModes(tree: string): void {
  for (const entry of readdirSync(tree, { recursive: true, withFileTypes: true })) {
    if (!entry.isSymbolicLink()) chmodSync(join(entry.parentPath, entry.name), entry.isDirectory() ? 0o755 : 0o644);
  }
}
