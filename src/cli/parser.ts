import { type CommanderError, Command as Parser } from 'commander';
import { nearestName } from '../lib/nearest.ts';
import type { Command, Group, Program, RawValues } from './declaration.ts';
import { findCommand } from './find-command.ts';
import { helpOf } from './help/command-help.ts';
import { type Topic, topics } from './help/topics.ts';
import { kebab } from './kebab.ts';
import { parserMessage } from './parser-message.ts';
import { declareOptions, parserOption, sharedValuesOf, valuesOf } from './parser-options.ts';
import { UsageError } from './usage-error.ts';
import { writtenOut } from './written-out.ts';

export type Parsed<Context> =
  | {
      kind: 'command';
      command: Command<Context>;
      values: RawValues;
      globals: RawValues;
      /** The words of the command, without those of its arguments: `host`, `list`. */
      words: readonly string[];
    }
  /** A page, or the section of it that the words name; without a topic the list of topics. */
  | { kind: 'page'; topic: Topic | undefined; words: readonly string[] }
  /** Help or version. */
  | { kind: 'answer'; text: string }
  /** The line ends at a group, whose help says how to continue. */
  | { kind: 'incomplete'; help: string };

/**
 * Parses a command line. Does not run anything.
 *
 * @throws UsageError naming what is wrong and the command whose help explains it
 */
export function parse<Context>(program: Program<Context>, args: readonly string[]): Parsed<Context> {
  const run: Run<Context> = { program, printed: '', chosen: undefined };
  if (args[0] === 'help') {
    const page = pageFor(program, args.slice(1));
    if (page !== undefined) return page;
  }
  const parser = declareGroup(run, program, []);
  try {
    const line = args[0] === 'help' ? helpLine(program, args.slice(1)) : args;
    parser.parse(writtenOut(program, line), { from: 'user' });
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    // Help for an unknown command was asked for: without `--help` the parser reports that it is unknown.
    if (error.cause.code === 'commander.helpDisplayed' && error.namesNoCommand)
      return parse(program, withoutHelp(args));
    if (error.cause.exitCode === 0) return { kind: 'answer', text: run.printed };
    if (error.cause.code === 'commander.help') return { kind: 'incomplete', help: run.printed };
    throw new UsageError(parserMessage(error.cause), { hint: `see \`${error.path} --help\`` });
  }
  return run.chosen ?? { kind: 'answer', text: run.printed };
}

/**
 * Turns `help host create` into `host create --help`: the parser's own command for this takes one word only. The parser
 * handles unknown words, because it suggests the nearest ones.
 *
 * @throws UsageError
 */
function helpLine<Context>(program: Program<Context>, words: readonly string[]): string[] {
  let entry: Group<Context> | Command<Context> = program;
  for (const [index, word] of words.entries()) {
    if (entry.kind === 'command') {
      throw new UsageError(`there is no command '${words.join(' ')}'`, { hint: `see \`${program.calledAs} --help\`` });
    }
    const found: Group<Context> | Command<Context> | undefined = findCommand(entry, word);
    if (found === undefined) return words.slice(0, index + 1);
    entry = found;
  }
  return [...words, '--help'];
}

function withoutHelp(args: readonly string[]): string[] {
  return args.filter((word) => word !== '--help' && word !== '-h');
}

/**
 * The page that `help` is asked for; undefined when it is asked for a command, or for something near to one.
 *
 * @throws UsageError for a word that comes close to a topic
 */
function pageFor<Context>(program: Program<Context>, words: readonly string[]): Parsed<Context> | undefined {
  const [word, ...others] = words.filter((each) => !each.startsWith('-'));
  if (word === undefined) return words.length === 0 ? { kind: 'page', topic: undefined, words: [] } : undefined;
  if (program.commands.some(({ name }) => name === word)) return undefined;
  const topic = topics.find(({ name }) => name === word);
  if (topic !== undefined) return { kind: 'page', topic, words: others };
  const commands = program.commands.map(({ name }) => name);
  const meant = nearestName(word, [...commands, ...topics.map(({ name }) => name)]);
  if (meant === undefined || commands.includes(meant)) return undefined;
  throw new UsageError(`there is no command or topic '${word}'`, { hint: `see \`${program.calledAs} help ${meant}\`` });
}

/** One running parse. */
interface Run<Context> {
  readonly program: Program<Context>;
  printed: string;
  chosen: Parsed<Context> | undefined;
}

/** The parser's exit, with the words that lead to its place. */
class Stop extends Error {
  override readonly cause: CommanderError;
  readonly path: string;
  /** Whether it happened at a group, before a word that is none of its commands. */
  readonly namesNoCommand: boolean;

  constructor(cause: CommanderError, path: string, { commands, args: [word] }: Parser) {
    super(cause.message);
    this.cause = cause;
    this.path = path;
    this.namesNoCommand = commands.length > 0 && word !== undefined && !word.startsWith('-');
  }
}

function declareGroup<Context>(run: Run<Context>, group: Group<Context>, words: readonly string[]): Parser {
  const parser = baseParser(run, group, words).helpCommand('help [command]');
  declareOptions(parser, run.program.globals);
  for (const entry of group.commands) {
    const inner = [...words, entry.name];
    const declared = entry.kind === 'group' ? declareGroup(run, entry, inner) : declareCommand(run, entry, inner);
    parser.addCommand(declared.name(entry.name).summary(entry.summary));
  }
  return parser;
}

function declareCommand<Context>(run: Run<Context>, command: Command<Context>, words: readonly string[]): Parser {
  const parser = baseParser(run, command, words);
  for (const [name, { summary, many, optional, verbatim }] of Object.entries(command.arguments)) {
    if (verbatim) parser.passThroughOptions();
    const label = `${kebab(name)}${many ? '...' : ''}`;
    parser.argument(optional ? `[${label}]` : `<${label}>`, summary);
  }
  for (const [name, option] of Object.entries(command.options)) parser.addOption(parserOption(name, option));
  declareOptions(parser, run.program.globals, command.options);
  return parser.action(() => {
    const args = Object.keys(command.arguments).map((name, index) => [name, parser.processedArgs[index]]);
    const values = { ...Object.fromEntries(args), ...valuesOf(parser, command.options) };
    const globals = sharedValuesOf(lineage(parser), run.program.globals, command.options);
    run.chosen = { kind: 'command', command, values, globals, words };
  });
}

/**
 * Every level stops at its first word that is not an option, so that the same letter may have one meaning before the
 * command (`-c FILE`) and another after it (`host create -c NAME`, as in the original).
 */
function baseParser<Context>(
  run: Run<Context>,
  entry: Command<Context> | Group<Context>,
  words: readonly string[],
): Parser {
  const { program } = run;
  const path = [program.calledAs, ...words].join(' ');
  const print = (text: string) => {
    run.printed += text;
  };
  const parser = new Parser(path);
  return parser
    .enablePositionalOptions()
    .version(`${program.name} ${program.version}`, '--version', 'show the version')
    .helpOption('-h, --help', 'show this help')
    .configureHelp({ formatHelp: () => helpOf(entry, { program, words }) })
    .configureOutput({ writeOut: print, writeErr: print, outputError: () => {} })
    .exitOverride((cause) => {
      throw new Stop(cause, path, parser);
    });
}

function lineage(parser: Parser): Parser[] {
  return parser.parent === null ? [parser] : [...lineage(parser.parent), parser];
}
