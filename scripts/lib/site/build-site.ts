import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { layout } from './layout.ts';
import { navigationOf } from './navigation.ts';
import { rendered } from './rendered.ts';
import { sectionsOf } from './sections.ts';
import { type Source, sourcesIn } from './sources.ts';

/** The files of the manual by name, all in one directory. */
export type Site = ReadonlyMap<string, string>;

const parts = ['site.css', 'theme.js', 'site.js', 'search.js'] as const;

/**
 * Makes the manual from the pages of the repository at `root`.
 *
 * @throws Error for a link to a page, a picture or a section that does not exist, and for a page that no list names
 */
export function buildSite(root: string, version: string): Site {
  const sources = sourcesIn(root);
  const texts = new Map(sources.map(({ path }) => [path, readFileSync(join(root, path), 'utf8')]));
  const files = new Map<string, string>();
  const groups = navigationOf(texts.get('docs/README.md') ?? '', sources);
  const pages = sources.map(({ path, file }) => {
    const resolve = (target: string) => resolved(target, { root, from: path, sources, files });
    return { file, path, ...rendered(texts.get(path) ?? '', resolve) };
  });
  for (const page of pages) files.set(page.file, layout(page, groups, version));
  files.set('search-index.js', searchIndex(sources, texts));
  for (const part of parts) files.set(part, readFileSync(join(import.meta.dirname, 'assets', part), 'utf8'));
  return files;
}

interface Place {
  readonly root: string;
  /** The path of the page that the link is on. */
  readonly from: string;
  readonly sources: readonly Source[];
  /** Takes the pictures that pages show. */
  readonly files: Map<string, string>;
}

/** The target of a link as one of the manual. Files of the repository that are no page are none. */
function resolved(target: string, { root, from, sources, files }: Place): string | undefined {
  if (/^(https?:|mailto:|#)/.test(target)) return target;
  const [written = '', anchor] = target.split('#');
  const path = posix.join(posix.dirname(from), written);
  const file = sources.find((source) => source.path === path)?.file;
  if (file !== undefined) return anchor === undefined ? file : `${file}#${anchor}`;
  if (path.endsWith('.svg')) {
    files.set(posix.basename(path), readFileSync(join(root, path), 'utf8'));
    return posix.basename(path);
  }
  return undefined;
}

/**
 * A script that sets `commissaireManual`, because a page that was opened from disk may load a script and may not fetch
 * a file: `[file, title of the page, anchor, heading, text]` for each section.
 */
function searchIndex(sources: readonly Source[], texts: ReadonlyMap<string, string>): string {
  const rows = sources.flatMap(({ path, file }) => {
    const sections = sectionsOf(texts.get(path) ?? '');
    const page = sections[0]?.title ?? '';
    return sections.map(({ title, anchor, text }) => [file, page, anchor, title, text]);
  });
  return `globalThis.commissaireManual=${JSON.stringify(rows)};\n`;
}
