import type { Site } from './build-site.ts';

/**
 * Links and parts of the manual that lead nowhere, as `page: link`. Only links to other sites, which nothing loads by
 * itself, are not looked at.
 */
export function brokenLinks(site: Site): string[] {
  const anchors = new Map(
    [...site].map(([file, text]) => [file, new Set(Array.from(text.matchAll(/ id="([^"]*)"/g), ([, id = '']) => id))]),
  );
  return [...site]
    .filter(([file]) => file.endsWith('.html'))
    .flatMap(([file, text]) =>
      Array.from(text.matchAll(/ (href|src)="([^"]*)"/g), ([, kind = '', link = '']) => ({ kind, link }))
        .filter(({ kind, link }) => !leads({ kind, link, file }, anchors))
        .map(({ link }) => `${file}: ${link}`),
    );
}

interface Link {
  readonly kind: string;
  readonly link: string;
  readonly file: string;
}

function leads({ kind, link, file }: Link, anchors: ReadonlyMap<string, ReadonlySet<string>>): boolean {
  if (link === 'data:,') return true;
  if (/^(https?|mailto):/.test(link)) return kind === 'href';
  const [target = '', anchor] = link.split('#');
  const found = anchors.get(target === '' ? file : target);
  return found !== undefined && (anchor === undefined || found.has(anchor));
}
