import { type CommanderError, Command as Parser, type Argument as ParserArgument } from 'commander';
import type { Command, Group, Program, RawValues } from './declaration.ts';
import { aliasesOf, findCommand } from './find-command.ts';
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
  const parser = declareGroup(run, program, program.calledAs);
  if (program.epilogue !== undefined) parser.addHelpText('after', `\n${program.epilogue}`);
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

function declareGroup<Context>(run: Run<Context>, group: Group<Context>, path: string): Parser {
  const parser = baseParser(run, group.summary, path).helpCommand('help [command]', 'show the help of a command');
  declareOptions(parser, run.program.globals, { heading: 'Global options:' });
  for (const entry of group.commands) {
    const inner = `${path} ${entry.name}`;
    const declared = entry.kind === 'group' ? declareGroup(run, entry, inner) : declareCommand(run, entry, inner);
    parser.addCommand(declared.name(entry.name).summary(entry.summary));
  }
  addNotes(parser, notesOfGroup(group));
  addExamples(parser, group.commands.flatMap(exampleOf));
  return parser;
}

function declareCommand<Context>(run: Run<Context>, command: Command<Context>, path: string): Parser {
  const parser = baseParser(run, command.summary, path);
  for (const [name, { summary, many, optional, verbatim }] of Object.entries(command.arguments)) {
    if (verbatim) parser.passThroughOptions();
    const label = `${kebab(name)}${many ? '...' : ''}`;
    parser.argument(optional ? `[${label}]` : `<${label}>`, summary);
  }
  for (const [name, option] of Object.entries(command.options)) parser.addOption(parserOption(name, option));
  declareOptions(parser, run.program.globals, { heading: 'Global options:', own: command.options });
  addNotes(parser, notesOf(command));
  addExamples(parser, command.examples);
  return parser.action(() => {
    const args = Object.keys(command.arguments).map((name, index) => [name, parser.processedArgs[index]]);
    const values = { ...Object.fromEntries(args), ...valuesOf(parser, command.options) };
    const globals = sharedValuesOf(lineage(parser), run.program.globals, command.options);
    const words = lineage(parser).slice(1);
    run.chosen = { kind: 'command', command, values, globals, words: words.map((level) => level.name()) };
  });
}

function addNotes(parser: Parser, notes: readonly string[]): void {
  if (notes.length > 0) parser.addHelpText('after', ['', ...notes].join('\n'));
}

function notesOf<Context>(command: Command<Context>): string[] {
  const aliases = aliasesOf(command);
  const options = Object.values(command.options);
  const takesDuration = options.some(({ type, refused }) => type === 'duration' && refused === undefined);
  return [
    ...(takesDuration ? ['DURATION: a number of seconds, or with units: 90s, 5m, 1h30m, 2d, 1w'] : []),
    ...(aliases.length === 0 ? [] : [`Aliases: ${aliases.join(', ')}`]),
  ];
}

/** `Aliases: list = ls, get = show`. */
function notesOfGroup<Context>(group: Group<Context>): string[] {
  const own = aliasesOf(group);
  const inner = group.commands.flatMap((entry) => aliasesOf(entry).map((alias) => `${entry.name} = ${alias}`));
  return [
    ...(own.length === 0 ? [] : [`Aliases: ${own.join(', ')}`]),
    ...(inner.length === 0 ? [] : [`Aliases of commands: ${inner.join(', ')}`]),
  ];
}

function addExamples(parser: Parser, examples: readonly string[]): void {
  if (examples.length === 0) return;
  parser.addHelpText('after', ['', 'Examples:', ...examples.map((line) => `  ${line}`)].join('\n'));
}

/** The first example represents the others. */
function exampleOf<Context>(entry: Command<Context> | Group<Context>): string[] {
  return entry.kind === 'command' ? entry.examples.slice(0, 1) : entry.commands.slice(0, 1).flatMap(exampleOf);
}

/**
 * Every level stops at its first word that is not an option, so that the same letter may have one meaning before the
 * command (`-c FILE`) and another after it (`host create -c NAME`, as in the original).
 */
function baseParser<Context>(run: Run<Context>, summary: string, path: string): Parser {
  const print = (text: string) => {
    run.printed += text;
  };
  const parser = new Parser(path);
  return parser
    .description(summary)
    .enablePositionalOptions()
    .version(`${run.program.name} ${run.program.version}`, '--version', 'show the version')
    .helpOption('-h, --help', 'show this help')
    .configureHelp({ subcommandTerm: termOf, minWidthToWrap: 24 })
    .configureOutput({ writeOut: print, writeErr: print, outputError: () => {} })
    .exitOverride((cause) => {
      throw new Stop(cause, path, parser);
    });
}

/** Leaves out `[options]`, which every command has. */
function termOf(parser: Parser): string {
  const { registeredArguments } = parser;
  return [parser.name(), ...registeredArguments.map(labelOf)].join(' ');
}

function labelOf(argument: ParserArgument): string {
  const label = `${argument.name()}${argument.variadic ? '...' : ''}`;
  return argument.required ? `<${label}>` : `[${label}]`;
}

function lineage(parser: Parser): Parser[] {
  return parser.parent === null ? [parser] : [...lineage(parser.parent), parser];
}
