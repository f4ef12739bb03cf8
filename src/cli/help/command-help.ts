import type { Argument, Command, Group, Option, Options, Program } from '../declaration.ts';
import { aliasesOf } from '../find-command.ts';
import { kebab } from '../kebab.ts';
import { indented, wrapped } from '../wrapped.ts';
import { topics, topicsOfCommand } from './topics.ts';

/** Columns of a help. It is the same on every terminal, so that it can be quoted. */
const width = 80;
/** A longer term has a line of its own. */
const longestTerm = 27;
/** Examples of one help: the most useful ones first. */
const mostExamples = 3;

/** An entry of a program, with the words that lead to it. */
interface Place<Context> {
  readonly program: Program<Context>;
  readonly words: readonly string[];
}

/** The help of a command, a group or the program itself. */
export function helpOf<Context>(entry: Command<Context> | Group<Context>, place: Place<Context>): string {
  const parts = entry.kind === 'command' ? partsOfCommand(entry, place) : partsOfGroup(entry, place);
  return `${parts
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function partsOfCommand<Context>(command: Command<Context>, place: Place<Context>): string[][] {
  const { program, words } = place;
  const args = Object.entries(command.arguments);
  const path = [program.calledAs, ...words].join(' ');
  const shared = sharedOptions(program.globals, command.options);
  return [
    [`Usage: ${[path, '[options]', ...args.map(labelOf)].join(' ')}`],
    wrapped(sentence(command.summary), width),
    section(
      'Arguments',
      args.map(([name, { summary }]): Item => [kebab(name), summary]),
    ),
    ...optionSections({ ...command.options, ...shared }),
    notesOf(command),
    examples(command.examples),
    readMore(program, [...topicsFor(command), ...topicsOfCommand(words)]),
  ];
}

function partsOfGroup<Context>(group: Group<Context>, place: Place<Context>): string[][] {
  const { program, words } = place;
  const isProgram = words.length === 0;
  return [
    [`Usage: ${[program.calledAs, ...words].join(' ')} [options] [command]`],
    wrapped(sentence(group.summary), width),
    ...(isProgram ? sectionsOf(program) : [section('Commands', group.commands.map(itemOf))]),
    ...optionSections({ ...program.globals, ...(isProgram ? version : {}) }),
    isProgram ? [] : notesOfGroup(group),
    examples(isProgram && program.examples !== undefined ? program.examples : group.commands.flatMap(exampleOf)),
    isProgram && program.epilogue !== undefined ? wrapped(program.epilogue, width) : [],
    isProgram ? topicNames(program) : readMore(program, topicsOfCommand(words)),
  ];
}

/** How durations are written, and by which other names the command is known. */
function notesOf<Context>(command: Command<Context>): string[] {
  const aliases = aliasesOf(command);
  const options = Object.values(command.options);
  const takesDuration = options.some(({ type, refused }) => type === 'duration' && refused === undefined);
  return [
    ...(takesDuration ? ['DURATION: a number of seconds, or with units: 90s, 5m, 1h30m, 2d, 1w'] : []),
    ...(aliases.length === 0 ? [] : [`Aliases: ${aliases.join(', ')}`]),
  ];
}

/** `Aliases of commands: list = ls, get = show`. */
function notesOfGroup<Context>(group: Group<Context>): string[] {
  const own = aliasesOf(group);
  const inner = group.commands.flatMap((entry) => aliasesOf(entry).map((alias) => `${entry.name} = ${alias}`));
  return [
    ...(own.length === 0 ? [] : wrapped(`Aliases: ${own.join(', ')}`, width)),
    ...(inner.length === 0 ? [] : wrapped(`Aliases of commands: ${inner.join(', ')}`, width)),
  ];
}

/** The commands of a program by task; those that no section names come last. */
function sectionsOf<Context>({ sections = {}, commands }: Program<Context>): string[][] {
  const column = columnOf([...commands.map(briefItem), helpItem]);
  const titled = Object.entries(sections).map(([title, names]) => {
    const found = names.flatMap((name) => commands.filter((entry) => entry.name === name));
    return section(title, [...found.map(briefItem), ...(names.includes('help') ? [helpItem] : [])], column);
  });
  const named = Object.values(sections).flat();
  const others = commands.filter(({ name }) => !named.includes(name)).map(briefItem);
  const untitled = named.includes('help') ? others : [...others, helpItem];
  return [...titled, section(titled.length === 0 ? 'Commands' : 'Other commands', untitled, column)];
}

const helpItem: Item = ['help [topic]', 'Show the help of a command, or a page about a topic'];

type Item = readonly [term: string, text: string];

function itemOf<Context>(entry: Command<Context> | Group<Context>): Item {
  const args = entry.kind === 'command' ? Object.entries(entry.arguments).map(labelOf) : [];
  return [[entry.name, ...args].join(' '), entry.summary];
}

/** Without the arguments, which the help of a program has no room for. */
function briefItem<Context>({ name, brief, summary }: Command<Context> | Group<Context>): Item {
  return [name, brief ?? summary];
}

function labelOf([name, { many, optional }]: [string, Argument]): string {
  const label = `${kebab(name)}${many ? '...' : ''}`;
  return optional ? `[${label}]` : `<${label}>`;
}

/** Without names and letters that the command uses itself. */
function sharedOptions(globals: Options, own: Options): Options {
  const letters = Object.values(own).flatMap(({ short, formerShort }) => [short, formerShort]);
  const left = Object.entries(globals).filter(([name]) => !Object.hasOwn(own, name));
  return Object.fromEntries(
    left.map(([name, option]) => {
      const { short, ...rest } = option;
      return [name, short !== undefined && letters.includes(short) ? rest : option];
    }),
  );
}

const plainHeading = 'Options';
const lastHeading = 'Global options';
const help: Options = { help: { type: 'flag', short: 'h', summary: 'show this help', heading: lastHeading } };
/** Every command has it; the help of the program alone has room for it. */
const version: Options = { version: { type: 'flag', summary: 'show the version', heading: lastHeading } };

/** A section for each heading, in the order of the options; those of the program last. */
function optionSections(options: Options): string[][] {
  const shown = Object.entries({ ...options, ...help }).filter(([, { refused }]) => refused === undefined);
  const byHeading = Map.groupBy(shown, ([, { heading = plainHeading }]) => heading);
  const ordered = [...byHeading].sort(([one], [other]) => rankOf(one) - rankOf(other));
  return ordered.map(([heading, entries]) => {
    const usual = entries.filter(([, { lessUsed }]) => lessUsed === undefined);
    const others = entries.filter(([, { lessUsed }]) => lessUsed !== undefined);
    const items = usual.map(([name, option]): Item => [flagsOf(name, option), summaryOf(option)]);
    const names = others.map(([name, option]) => flagsOf(name, option).replaceAll(' ', '\u00a0'));
    const more = names.length === 0 ? [] : indented(`also ${names.join(', ')}`, { width, indent: '  ' });
    return [...section(heading, items), ...more.map((line) => line.replaceAll('\u00a0', ' '))];
  });
}

function rankOf(heading: string): number {
  return [plainHeading, 'Strategy options', 'List options', 'Output options', lastHeading].indexOf(heading);
}

/** The option as it is typed. */
function flagsOf(name: string, { type, short, placeholder, valueIfBare }: Option): string {
  const words = kebab(name);
  const label = placeholder ?? (type === 'duration' ? 'DURATION' : words.toUpperCase());
  const value = type === 'flag' ? '' : valueIfBare === undefined ? ` <${label}>` : ` [${label}]`;
  return `${short === undefined ? '' : `-${short}, `}--${words}${value}`;
}

function summaryOf({ summary, choices, prefixes = [], default: value }: Option): string {
  const notes = [
    ...(choices === undefined || summary.includes(':')
      ? []
      : [[...choices, ...prefixes.map((prefix) => `${prefix}…`)].join(', ')]),
    ...(value === undefined || value === '' ? [] : [`default ${value}`]),
  ];
  return notes.length === 0 ? summary : `${summary} (${notes.join('; ')})`;
}

/** Where the texts begin. */
function columnOf(items: readonly Item[]): number {
  const terms = items.map(([term]) => Bun.stringWidth(term)).filter((cells) => cells <= longestTerm);
  return Math.max(0, ...terms) + 4;
}

function section(title: string, items: readonly Item[], column = columnOf(items)): string[] {
  if (items.length === 0) return [];
  const indent = ' '.repeat(column);
  const lines = items.flatMap(([term, text]) => {
    const [first = '', ...more] = indented(text, { width, indent });
    if (Bun.stringWidth(term) > longestTerm) return [`  ${term}`, first, ...more];
    return [`  ${term}`.padEnd(column) + first.slice(column), ...more];
  });
  return [`${title}:`, ...lines];
}

function examples(lines: readonly string[]): string[] {
  if (lines.length === 0) return [];
  return ['Examples:', ...lines.slice(0, mostExamples).flatMap(exampleLines)];
}

/** A line that is too wide goes on after a backslash, as a shell takes it. */
function exampleLines(line: string): string[] {
  const [first = '', ...others] = indented(line, { width: width - 4, indent: '  ' });
  const lines = [first, ...others.map((other) => `  ${other}`)];
  return lines.map((each, index) => (index < lines.length - 1 ? `${each} \\` : each));
}

/** The first example represents the others. */
function exampleOf<Context>(entry: Command<Context> | Group<Context>): string[] {
  return entry.kind === 'command' ? entry.examples.slice(0, 1) : entry.commands.slice(0, 1).flatMap(exampleOf);
}

/** The topics that the arguments and options of a command need. */
function topicsFor<Context>(command: Command<Context>): string[] {
  const headings = Object.values(command.options).map(({ heading }) => heading);
  return [
    ...('target' in command.arguments || 'target' in command.options ? ['targets'] : []),
    ...(headings.includes('Strategy options') ? ['strategies'] : []),
    ...(headings.includes('List options') ? ['lists'] : []),
  ];
}

function readMore<Context>({ calledAs }: Program<Context>, names: readonly string[]): string[] {
  const [first, ...others] = new Set(names);
  if (first === undefined) return [];
  const also = others.length === 0 ? '' : `; also ${others.join(', ')}`;
  return [`Read more: ${calledAs} help ${first}${also}`];
}

function topicNames<Context>({ calledAs }: Program<Context>): string[] {
  const some = topics.slice(0, 4).map(({ name }) => name);
  return wrapped(`\`${calledAs} help\` lists the topics of \`${calledAs} help TOPIC\`: ${some.join(', ')}, …`, width);
}

function sentence(summary: string): string {
  return /[.!?…]$/.test(summary) ? summary : `${summary}.`;
}
