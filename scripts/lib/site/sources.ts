import { readdirSync } from 'node:fs';
import { basename } from 'node:path';

/** A page of the manual. */
export interface Source {
  /** Of its file in the repository, such as `docs/targets.md`. */
  readonly path: string;
  /** Its file in the manual, such as `targets.html`. */
  readonly file: string;
}

/** Pages outside of `docs/`. */
const others: readonly Source[] = [
  { path: 'docs/README.md', file: 'index.html' },
  { path: 'docs/benchmarks/README.md', file: 'benchmarks.html' },
  { path: 'README.md', file: 'about.html' },
  { path: 'ARCHITECTURE.md', file: 'architecture.html' },
  { path: 'CONTRIBUTING.md', file: 'contributing.html' },
];

/** All pages of the repository at this path. Each page of `docs/` is one of the manual. */
export function sourcesIn(root: string): Source[] {
  const names = readdirSync(`${root}/docs`).filter((name) => name.endsWith('.md') && name !== 'README.md');
  const pages = names.toSorted().map((name) => ({ path: `docs/${name}`, file: `${basename(name, '.md')}.html` }));
  return [...others, ...pages];
}
