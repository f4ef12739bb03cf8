import { sectionNamed } from '../../../src/cli/help/sections.ts';
import { topics } from '../../../src/cli/help/topics.ts';
import { type Book, commandItems } from './command-pages.ts';
import type { AnyCommand, AnyGroup } from './commands.ts';
import { manBody } from './markdown.ts';
import { optionSections, sentence } from './option-items.ts';
import { bold, example, italic, item, page, paragraph, type Roff, section } from './roff.ts';

/** The page of the program itself. @param documents the pages of docs/, by name */
export function programPage(book: Book, documents: ReadonlyMap<string, string>): string {
  const { program, section: number, date } = book;
  const head = { title: program.name, section: number, summary: program.summary, date, version: program.version };
  const isClient = number === 1;
  return page(
    head,
    section('Synopsis', [`${bold(program.name)} ${italic('command')} [${italic('options')}]`]),
    section('Description', ...[sentence(program.summary), program.epilogue ?? ''].filter(Boolean).map(paragraph)),
    ...commandSections(book),
    optionSections(program.globals),
    ...(isClient ? ofDocument(documents.get('commctl') ?? '', ['Exit codes', 'Configuration']) : serverFiles),
    section('Examples', ...(program.examples ?? []).map((line) => example([line]))),
    section('See also', [
      [
        `${bold(isClient ? 'commissaire' : 'commctl')}(${isClient ? 8 : 1})`,
        `${bold('commissaire.conf')}(5)`,
        ...topics.map(({ name }) => `${bold(`commissaire-${name}`)}(7)`),
      ].join(',\n'),
    ]),
  );
}

/** The commands by task, as the help shows them; all of them when they have no tasks. */
function commandSections(book: Book): Roff[] {
  const { program } = book;
  const place = { words: [], book };
  const titled = Object.entries(program.sections ?? {});
  if (titled.length === 0) return [section('Commands', commandItems(program, place))];
  const named = titled.flatMap(([, names]) => names);
  const others = program.commands.filter(({ name }) => !named.includes(name)).map(({ name }) => name);
  return [...titled, ['Other commands', others] as const].map(([title, names]) => {
    const found: (AnyCommand | AnyGroup)[] = program.commands.filter(({ name }) => names.includes(name));
    return section(title, commandItems({ ...program, commands: found }, place));
  });
}

function ofDocument(document: string, titles: readonly string[]): Roff[] {
  return titles.map((title) => {
    const text = sectionNamed(document, title);
    if (text === undefined) throw new Error(`docs/commctl.md has no section ${title}`);
    return section(title, manBody(text).slice(1));
  });
}

const serverFiles: Roff[] = [
  section(
    'Files',
    item(bold('/etc/commissaire/commissaire.conf'), 'The configuration of the server; see `commissaire.conf`(5).'),
    item(bold('/etc/commissaire/commissaire.env'), 'Environment variables of the service.'),
    item(bold('/var/lib/commissaire'), 'The data directory of the service.'),
  ),
];
