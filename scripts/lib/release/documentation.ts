import { cpSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scripts } from '../../../src/cli/completion/scripts.ts';
import { manPages } from '../man/pages.ts';
import { gzipped, writeTarGz } from './archive.ts';
import { root } from './root.ts';

/** Which release it documents. */
export interface Edition {
  readonly version: string;
  readonly date: Date;
}

/** Writes `docs.tar.gz`: the documents, the man pages and the completions, in one folder. @param work an empty directory */
export async function writeDocumentation(path: string, work: string, { version, date }: Edition): Promise<void> {
  const name = `commissaire-${version}-docs`;
  const top = join(work, name);
  writeDocuments(join(top, 'docs'));
  for (const file of ['README.md', 'LICENSE', 'CHANGELOG.md']) cpSync(join(root, file), join(top, file));
  writeManPages(join(top, 'man'), { version, date });
  writeCompletions({
    bash: join(top, 'completions/commctl.bash'),
    zsh: join(top, 'completions/_commctl'),
    fish: join(top, 'completions/commctl.fish'),
  });
  await writeTarGz(path, { directory: work, entries: [name], moment: date });
}

/** The pages of docs/ in Markdown. */
export function writeDocuments(directory: string): void {
  mkdirSync(directory, { recursive: true });
  for (const name of readdirSync(join(root, 'docs')).filter((each) => each.endsWith('.md'))) {
    cpSync(join(root, 'docs', name), join(directory, name));
  }
}

/** `man1/commctl.1.gz` and the others, as `man -M DIRECTORY` finds them. */
export function writeManPages(directory: string, edition: Edition): void {
  for (const [name, text] of manPages(edition)) {
    const place = join(directory, `man${name.slice(-1)}`);
    mkdirSync(place, { recursive: true });
    writeFileSync(join(place, `${name}.gz`), gzipped(Buffer.from(text)));
  }
}

/** @param files where the script of each shell goes */
export function writeCompletions(files: Readonly<Record<keyof typeof scripts, string>>): void {
  for (const shell of ['bash', 'zsh', 'fish'] as const) {
    mkdirSync(join(files[shell], '..'), { recursive: true });
    writeFileSync(files[shell], scripts[shell]);
  }
}
