import type { Argument, Command, Group, KnownName, Option, Options } from '../declaration.ts';
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
}

/** The names that this machine knows. */
export type KnownNames = Readonly<Record<KnownName, readonly Candidate[]>>;

export interface Completed<Context> extends Group<Context> {
  readonly globals: Options;
}

/**
 * The candidates for the last word, from the declarations alone: no server is asked.
 *
 * @param line the words after the name of the program; the last one is incomplete, or empty
 */
export function candidatesFor<Context>(
  program: Completed<Context>,
  line: readonly string[],
  names: KnownNames = { context: [] },
): Candidates {
  const before = line.slice(0, -1);
  const current = line.at(-1) ?? '';
  const place = placeBehind(program, before[0] === 'help' ? before.slice(1) : before);
  if (place === undefined) return nothing;
  const { words, files } = fitting(place, current, names);
  return { words: words.filter(({ word }) => word.startsWith(current)), files };
}

/** The place that complete words lead to. */
interface Place<Context> {
  entry: Group<Context> | Command<Context>;
  options: readonly [name: string, option: Option][];
  /** The option that needs a value next. */
  awaited: Option | undefined;
  /** The number of arguments so far. */
  given: number;
  /** Whether options have ended: after `--`, and after a verbatim argument. */
  optionsEnded: boolean;
}

const nothing: Candidates = { words: [], files: false };

/** Undefined for a command that does not exist. */
function placeBehind<Context>(program: Completed<Context>, words: readonly string[]): Place<Context> | undefined {
  const globals = Object.entries(program.globals);
  let place: Place<Context> = { entry: program, options: globals, awaited: undefined, given: 0, optionsEnded: false };
  for (const word of words) {
    if (place.awaited !== undefined) place = { ...place, awaited: undefined };
    else if (!place.optionsEnded && word === '--') place = { ...place, optionsEnded: true };
    else if (!place.optionsEnded && word.startsWith('-')) place = { ...place, awaited: awaitedBy(place.options, word) };
    else if (place.entry.kind === 'command') place = behindArgument(place, place.entry);
    else {
      const entry = place.entry.commands.find(({ name }) => name === word);
      if (entry === undefined) return undefined;
      const declared = entry.kind === 'command' ? Object.entries(entry.options) : [];
      const own = declared.filter(([, { refused }]) => refused === undefined);
      place = { ...place, entry, options: [...own, ...globals] };
    }
  }
  return place;
}

function behindArgument<Context>(place: Place<Context>, command: Command<Context>): Place<Context> {
  const given = place.given + 1;
  return { ...place, given, optionsEnded: place.optionsEnded || argumentAt(command, given)?.verbatim === true };
}

/** `--output` and `-o` need a value; `--output=json` and `-ojson` contain it. */
function awaitedBy(options: Place<unknown>['options'], word: string): Option | undefined {
  const found = options.find(([name, { short }]) => word === `--${kebab(name)}` || word === `-${short}`)?.[1];
  return found?.type === 'flag' ? undefined : found;
}

function fitting<Context>(
  { entry, options, awaited, given, optionsEnded }: Place<Context>,
  current: string,
  names: KnownNames,
): Candidates {
  if (awaited !== undefined) return valuesOf(awaited, '', names);
  if (!optionsEnded && current.startsWith('-')) {
    const [begun, option] = options.find(([name]) => current.startsWith(`--${kebab(name)}=`)) ?? [];
    if (begun !== undefined && option !== undefined) return valuesOf(option, `--${kebab(begun)}=`, names);
    return {
      words: [...options.map(([name, { summary }]) => ({ word: `--${kebab(name)}`, summary })), help],
      files: false,
    };
  }
  if (entry.kind === 'group') {
    return { words: entry.commands.map(({ name, summary }) => ({ word: name, summary })), files: false };
  }
  const { known, file } = argumentAt(entry, given) ?? {};
  return { words: known === undefined ? [] : names[known], files: file === true };
}

const help: Candidate = { word: '--help', summary: 'show this help' };

function valuesOf(
  { choices = [], prefixes = [], placeholder, known }: Option,
  before: string,
  names: KnownNames,
): Candidates {
  const values = [...choices, ...prefixes].map((word) => ({ word, summary: '' }));
  const all = [...values, ...(known === undefined ? [] : names[known])];
  return { words: all.map(({ word, summary }) => ({ word: before + word, summary })), files: placeholder === 'FILE' };
}

/** The last argument of a command may be repeated. */
function argumentAt<Context>(command: Command<Context>, index: number): Argument | undefined {
  const declared = Object.values(command.arguments);
  const last = declared.at(-1);
  return declared[index] ?? (last?.many ? last : undefined);
}
