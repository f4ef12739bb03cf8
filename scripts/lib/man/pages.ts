import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { commctlProgram } from '../../../src/cli/commctl.ts';
import { commissaireProgram } from '../../../src/cli/commissaire.ts';
import { sectionsOf } from '../../../src/cli/help/sections.ts';
import { type Topic, topics } from '../../../src/cli/help/topics.ts';
import { root } from '../release/root.ts';
import { type Book, commandPages } from './command-pages.ts';
import { manBody } from './markdown.ts';
import { optionsPage } from './options-page.ts';
import { programPage } from './program-pages.ts';
import { page } from './roff.ts';

/** When the pages are from, and of which version. */
export interface Edition {
  readonly date: Date;
  readonly version: string;
}

/** All man pages, by the names of their files, such as `commctl-host-create.1`. */
export function manPages(edition: Edition): Map<string, string> {
  const documents = readDocuments();
  const client: Book = { program: { ...commctlProgram('commctl'), ...edition }, section: 1, date: edition.date };
  const server: Book = { program: { ...commissaireProgram, ...edition }, section: 8, date: edition.date };
  return new Map([
    ['commctl.1', programPage(client, documents)],
    ['commissaire.8', programPage(server, documents)],
    ['commissaire.conf.5', optionsPage(edition)],
    ...commandPages(client),
    ...commandPages(server),
    ...topics.map((topic): [string, string] => [
      `commissaire-${topic.name}.7`,
      topicPage(topic, documents.get(topic.page) ?? '', edition),
    ]),
  ]);
}

/** What `help TOPIC` shows, as a page. */
function topicPage({ name, summary, section }: Topic, document: string, { date, version }: Edition): string {
  const text =
    section === undefined
      ? document
      : sectionsOf(document)
          .find(({ title }) => title === section)
          ?.lines.join('\n');
  if (text === undefined || text === '') throw new Error(`docs/ has no text for the topic ${name}`);
  const head = { title: `commissaire-${name}`, section: 7, summary, date, version } as const;
  const body = section === undefined ? text : text.replace(/^#+ .*\n/, '').replaceAll(/^##(?=#)/gm, '#');
  return page(head, manBody(body, manualOf));
}

/** The topic that shows a whole page. */
function manualOf(document: string): string | undefined {
  const topic = topics.find((each) => `${each.page}.md` === document && each.section === undefined);
  return topic && `commissaire-${topic.name}`;
}

function readDocuments(): Map<string, string> {
  const directory = join(root, 'docs');
  const names = readdirSync(directory).filter((name) => name.endsWith('.md'));
  return new Map(names.map((name) => [basename(name, '.md'), readFileSync(join(directory, name), 'utf8')]));
}
