import { aliasesOf } from '../../../src/cli/find-command.ts';
import { topicsOfCommand } from '../../../src/cli/help/topics.ts';
import { type AnyCommand, type AnyGroup, type AnyProgram, type Entry, entriesOf, titleOf } from './commands.ts';
import { argumentItems, argumentLabel, optionSections, sentence } from './option-items.ts';
import { bold, example, italic, item, page, paragraph, type Roff, section } from './roff.ts';

/** What the pages of a program have in common. */
export interface Book {
  readonly program: AnyProgram;
  readonly section: 1 | 8;
  readonly date: Date;
}

/** A page for each command and group of a program, by the name of its file. */
export function commandPages(book: Book): Map<string, string> {
  const { program, section: number } = book;
  return new Map(entriesOf(program).map((each) => [`${titleOf(program, each.words)}.${number}`, pageOf(each, book)]));
}

function pageOf({ entry, words }: Entry, book: Book): string {
  const { program, section: number, date } = book;
  const head = {
    title: titleOf(program, words),
    section: number,
    summary: entry.summary.replace(/\.$/, ''),
    date,
    version: program.version,
  };
  const call = bold([program.name, ...words].join(' '));
  const parts = entry.kind === 'command' ? ofCommand(entry, call) : ofGroup(entry, { call, words, book });
  return page(head, ...parts, seeAlso(words, book));
}

function ofCommand(command: AnyCommand, call: string): Roff[] {
  const { summary, options, examples } = command;
  const words = [call, `[${italic('options')}]`, ...Object.entries(command.arguments).map(argumentLabel)];
  return [
    section('Synopsis', [words.join(' ')]),
    section('Description', paragraph(sentence(summary)), aliases(command)),
    section('Arguments', argumentItems(command.arguments)),
    optionSections(options),
    section('Examples', ...examples.map((line) => example([line]))),
  ];
}

function ofGroup(
  group: AnyGroup,
  { call, words, book }: { call: string; words: readonly string[]; book: Book },
): Roff[] {
  return [
    section('Synopsis', [`${call} ${italic('command')} [${italic('options')}]`]),
    section('Description', paragraph(sentence(group.summary)), aliases(group)),
    section('Commands', commandItems(group, { words, book })),
  ];
}

/** Each command, with the name of its page. */
export function commandItems({ commands }: AnyGroup, { words, book }: { words: readonly string[]; book: Book }): Roff {
  return commands.flatMap(({ name, summary }) => {
    const title = titleOf(book.program, [...words, name]);
    return item(`${bold(title)}(${book.section})`, sentence(summary));
  });
}

function aliases(entry: AnyCommand | AnyGroup): Roff {
  const names = aliasesOf(entry);
  return names.length === 0 ? [] : paragraph(`Other names: ${names.map((name) => `\`${name}\``).join(', ')}.`);
}

function seeAlso(words: readonly string[], { program, section: number }: Book): Roff {
  const above = titleOf(program, words.slice(0, -1));
  const topics = topicsOfCommand(words).map((name) => `${bold(`commissaire-${name}`)}(7)`);
  return section('See also', [[`${bold(above)}(${number})`, ...topics].join(', ')]);
}
