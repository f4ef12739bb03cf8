import type { Argument, Command, Completes, Group, Option, Options, RawValues } from '../declaration.ts';
import { aliasesOf, findCommand } from '../find-command.ts';
import { kebab } from '../kebab.ts';

/** A word that may come next on a command line. */
export interface Candidate {
  word: string;
  summary: string;
}

export interface Candidates {
  words: readonly Candidate[];
  /** Whether a file name may come next too. */
  files: boolean;
  /** What the server may know. */
  asked?: Asked | undefined;
  /** The shared options before the word. */
  globals?: RawValues;
}

/** A question to the server. */
export interface Asked {
  readonly what: Completes;
  /** The beginning of the name. */
  readonly current: string;
  /** What is before the name in the word: `--cluster=`. */
  readonly before: string;
}

export interface Completed<Context> extends Group<Context> {
  readonly globals: Options;
}

/**
 * The candidates for the last word, from the declarations alone, and what to ask the server for.
 *
 * @param line the words after the name of the program; the last one is incomplete, or empty
 */
export function candidatesFor<Context>(program: Completed<Context>, line: readonly string[]): Candidates {
  const before = line.slice(0, -1);
  const current = line.at(-1) ?? '';
  const place = placeBehind(program, before[0] === 'help' ? before.slice(1) : before);
  if (place === undefined) return nothing;
  const { words, files, asked } = fitting(place, current);
  const globals = valuesGiven(place.given, program.globals);
  return { words: words.filter(({ word }) => word.startsWith(current)), files, asked, globals };
}

/** The place that complete words lead to. */
interface Place<Context> {
  entry: Group<Context> | Command<Context>;
  options: readonly [name: string, option: Option][];
  /** The option that needs a value next. */
  awaited: Option | undefined;
  /** The number of arguments so far. */
  count: number;
  /** The options so far, with their values. */
  given: readonly [option: Option, value: string][];
  /** Whether options have ended: after `--`, and after a verbatim argument. */
  optionsEnded: boolean;
}

const nothing: Candidates = { words: [], files: false };

/** Undefined for a command that does not exist. */
function placeBehind<Context>(program: Completed<Context>, words: readonly string[]): Place<Context> | undefined {
  const globals = Object.entries(program.globals);
  let place: Place<Context> = {
    entry: program,
    options: globals,
    awaited: undefined,
    count: 0,
    given: [],
    optionsEnded: false,
  };
  for (const word of words) {
    if (place.awaited !== undefined) {
      place = { ...place, awaited: undefined, given: [...place.given, [place.awaited, word]] };
    } else if (!place.optionsEnded && word === '--') place = { ...place, optionsEnded: true };
    else if (!place.optionsEnded && word.startsWith('-')) place = behindOption(place, word);
    else if (place.entry.kind === 'command') place = behindArgument(place, place.entry);
    else {
      const entry = findCommand(place.entry, word);
      if (entry === undefined) return undefined;
      const declared = entry.kind === 'command' ? Object.entries(entry.options) : [];
      const own = declared.filter(([, { refused }]) => refused === undefined);
      place = { ...place, entry, options: [...own, ...globals] };
    }
  }
  return place;
}

function behindArgument<Context>(place: Place<Context>, command: Command<Context>): Place<Context> {
  const count = place.count + 1;
  return { ...place, count, optionsEnded: place.optionsEnded || argumentAt(command, count)?.verbatim === true };
}

function behindOption<Context>(place: Place<Context>, word: string): Place<Context> {
  const [, name = '', value] = /^(--[^=]+)=(.*)$/s.exec(word) ?? [];
  const option = place.options.find(([each]) => `--${kebab(each)}` === name)?.[1];
  if (option !== undefined && value !== undefined) return { ...place, given: [...place.given, [option, value]] };
  return { ...place, awaited: awaitedBy(place.options, word) };
}

/** The values of the shared options, as the parser returns them. */
function valuesGiven(given: Place<unknown>['given'], globals: Options): RawValues {
  const entries = Object.entries(globals).map(([name, option]) => {
    const values = given.flatMap(([each, value]) => (each === option ? [value] : []));
    if (option.type === 'flag') return [name, false];
    return [name, option.type === 'list' ? values : values.at(-1)];
  });
  return Object.fromEntries(entries);
}

/** `--output` and `-o` need a value; `--output=json` and `-ojson` contain it. */
function awaitedBy(options: Place<unknown>['options'], word: string): Option | undefined {
  const found = options.find(
    ([name, { short, formerShort }]) =>
      word === `--${kebab(name)}` || word === `-${short}` || word === `-${formerShort}`,
  )?.[1];
  return found?.type === 'flag' ? undefined : found;
}

function fitting<Context>(
  { entry, options, awaited, count, optionsEnded }: Place<Context>,
  current: string,
): Candidates {
  if (awaited !== undefined) return valuesOf(awaited, { before: '', current });
  if (!optionsEnded && current.startsWith('-')) {
    const [begun, option] = options.find(([name]) => current.startsWith(`--${kebab(name)}=`)) ?? [];
    if (begun !== undefined && option !== undefined) {
      const before = `--${kebab(begun)}=`;
      return valuesOf(option, { before, current: current.slice(before.length) });
    }
    return {
      words: [...options.map(([name, { summary }]) => ({ word: `--${kebab(name)}`, summary })), help],
      files: false,
    };
  }
  if (entry.kind === 'group') {
    return { words: commandsOf(entry, current), files: false };
  }
  const argument = argumentAt(entry, count);
  const asked = argument?.completes === undefined ? undefined : { what: argument.completes, current, before: '' };
  return { words: [], files: argument?.file === true, asked };
}

/** The names; the other names only where no name begins so. */
function commandsOf<Context>({ commands }: Group<Context>, current: string): Candidate[] {
  const named = commands.map(({ name, summary }) => ({ word: name, summary }));
  if (named.some(({ word }) => word.startsWith(current))) return named;
  return commands.flatMap((entry) => aliasesOf(entry).map((word) => ({ word, summary: entry.summary })));
}

const help: Candidate = { word: '--help', summary: 'show this help' };

function valuesOf(
  { choices = [], prefixes = [], placeholder, completes }: Option,
  { before, current }: { readonly before: string; readonly current: string },
): Candidates {
  const values = [...choices, ...prefixes];
  const asked = completes === undefined ? undefined : { what: completes, current, before };
  return {
    asked,
    words: values.map((choice) => ({ word: before + choice, summary: '' })),
    files: placeholder === 'FILE',
  };
}

/** The last argument of a command may be repeated. */
function argumentAt<Context>(command: Command<Context>, index: number): Argument | undefined {
  const declared = Object.values(command.arguments);
  const last = declared.at(-1);
  return declared[index] ?? (last?.many ? last : undefined);
}
