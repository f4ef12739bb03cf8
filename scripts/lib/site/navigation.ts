import { posix } from 'node:path';
import type { Source } from './sources.ts';

export interface Group {
  readonly title: string;
  readonly links: readonly { readonly label: string; readonly file: string }[];
}

/**
 * The navigation, read from the front page: a group for each of its sections, with the pages that the first links of
 * its list items lead to.
 *
 * @param front the Markdown of `docs/README.md`
 * @throws Error when a page is in no list: nobody would find it
 */
export function navigationOf(front: string, sources: readonly Source[]): Group[] {
  const [, ...sections] = front.split(/^## /m);
  const groups = sections.map((section) => {
    const title = section.split('\n', 1)[0] ?? '';
    const links = Array.from(section.matchAll(/^- \[([^\]]+)\]\(([^)#]+)\)/gm), ([, label = '', target = '']) => {
      const path = posix.normalize(`docs/${target}`);
      const file = sources.find((source) => source.path === path)?.file;
      if (file === undefined) throw new Error(`docs/README.md lists ${target}, which is no page of the manual`);
      return { label: label.replaceAll('`', ''), file };
    });
    return { title, links };
  });
  const listed = new Set(groups.flatMap(({ links }) => links.map(({ file }) => file)));
  const left = sources.filter(({ file }) => file !== 'index.html' && !listed.has(file));
  if (left.length > 0) {
    throw new Error(`docs/README.md must list ${left.map(({ path }) => path).join(', ')} for the manual's navigation`);
  }
  return groups.filter(({ links }) => links.length > 0);
}
