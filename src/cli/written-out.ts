import type { Command, Group, Option, Options, Program } from './declaration.ts';
import { findCommand } from './find-command.ts';
import { kebab } from './kebab.ts';
import { UsageError } from './usage-error.ts';

/**
 * The command line as the parser knows it, with the short forms that the original's parser (Python's argparse) took:
 * the beginning of a long option, when no other one begins so, and `-x=VALUE`. A command has its own name instead of an
 * alias, and an option its long name instead of a former letter. Other words stay as they are.
 *
 * @throws UsageError for a beginning of several options, and for a value of a flag
 */
export function writtenOut<Context>(program: Program<Context>, args: readonly string[]): string[] {
  const written: string[] = [];
  let entry: Group<Context> | Command<Context> = program;
  let path = program.calledAs;
  let known = knownOptions(program, { globals: program.globals, path });
  for (let index = 0; index < args.length; index++) {
    const word = args[index] ?? '';
    if (word === '--' || (!isOption(word) && passesOn(entry))) return [...written, ...args.slice(index)];
    if (isOption(word)) {
      const { words, takesNext } = word.startsWith('--') ? long(word, known) : short(word, known);
      written.push(...words);
      if (takesNext) written.push(...args.slice(++index, index + 1));
      continue;
    }
    const chosen: Group<Context> | Command<Context> | undefined =
      entry.kind === 'group' ? findCommand(entry, word) : undefined;
    written.push(chosen?.name ?? word);
    if (entry.kind === 'command') continue;
    if (chosen === undefined) return [...written, ...args.slice(index + 1)];
    entry = chosen;
    path = `${path} ${chosen.name}`;
    known = knownOptions(entry, { globals: program.globals, path });
  }
  return written;
}

function isOption(word: string): boolean {
  return word.startsWith('-') && word !== '-';
}

/** Whether the words after the options of the command are for another program. */
function passesOn<Context>(entry: Group<Context> | Command<Context>): boolean {
  return entry.kind === 'command' && Object.values(entry.arguments).some(({ verbatim }) => verbatim);
}

interface Known {
  readonly long: string;
  readonly short: string | undefined;
  readonly formerShort?: string | undefined;
  readonly takesValue: boolean;
}

/** The options of one level. Those of the command come before the shared ones, which the original did not have. */
interface KnownOptions {
  readonly own: readonly Known[];
  readonly shared: readonly Known[];
  /** The words that lead to the level. */
  readonly path: string;
}

const help: Known = { long: '--help', short: '-h', takesValue: false };
const version: Known = { long: '--version', short: undefined, takesValue: false };

function knownOptions<Context>(
  entry: Group<Context> | Command<Context>,
  { globals, path }: { globals: Options; path: string },
): KnownOptions {
  const own = [...Object.entries(entry.kind === 'command' ? entry.options : {}).map(knownOption), help];
  const shared = Object.entries(globals)
    .map(knownOption)
    .filter(({ long }) => own.every((other) => other.long !== long))
    .map((option) => (own.some((other) => hasLetter(other, option.short)) ? { ...option, short: undefined } : option));
  return { own, shared: [...shared, version], path };
}

function knownOption([name, { short, formerShort, type }]: [string, Option]): Known {
  return {
    long: `--${kebab(name)}`,
    short: short === undefined ? undefined : `-${short}`,
    formerShort: formerShort === undefined ? undefined : `-${formerShort}`,
    takesValue: type !== 'flag',
  };
}

function hasLetter({ short, formerShort }: Known, letter: string | undefined): boolean {
  return letter !== undefined && (short === letter || formerShort === letter);
}

interface Written {
  readonly words: readonly string[];
  /** Whether the next word is the value. */
  readonly takesNext: boolean;
}

function long(word: string, { own, shared, path }: KnownOptions): Written {
  const [, name = '', value = ''] = /^([^=]*)(=.*)?$/s.exec(word) ?? [];
  const exact = [...own, ...shared].find((option) => option.long === name);
  const option = exact ?? begun(name, own, path) ?? begun(name, shared, path);
  if (option === undefined) return { words: [word], takesNext: false };
  return { words: [option.long + value], takesNext: option.takesValue && value === '' };
}

/** The only option that begins so. @throws UsageError when there are several */
function begun(name: string, options: readonly Known[], path: string): Known | undefined {
  const [option, ...others] = options.filter((option) => option.long.startsWith(name));
  if (others.length === 0) return option;
  const all = options.flatMap((option) => (option.long.startsWith(name) ? [option.long] : []));
  throw new UsageError(`ambiguous option '${name}': it could be ${all.join(', ')}`, { hint: `see \`${path} --help\`` });
}

function short(word: string, { own, shared, path }: KnownOptions): Written {
  const letter = word.slice(0, 2);
  const option = [...own, ...shared].find((each) => hasLetter(each, letter));
  if (option?.formerShort === letter) {
    const value = word.slice(word[2] === '=' ? 3 : 2);
    return word.length === 2
      ? { words: [option.long], takesNext: true }
      : { words: [`${option.long}=${value}`], takesNext: false };
  }
  if (option === undefined || word.length === 2) return { words: [word], takesNext: option?.takesValue === true };
  if (word[2] !== '=') return { words: [word], takesNext: false };
  if (option.takesValue) return { words: [word.slice(0, 2), word.slice(3)], takesNext: false };
  throw new UsageError(`option '${option.short}, ${option.long}' takes no value`, { hint: `see \`${path} --help\`` });
}
