import { InvalidArgumentError, type Command as Parser, Option as ParserOption } from 'commander';
import { durationForms, readDuration, shownDuration } from '../lib/durations.ts';
import type { Option, Options, RawValues } from './declaration.ts';
import { kebab } from './kebab.ts';
import { UsageError } from './usage-error.ts';

/** The parser's form of an option with a camel-case name. */
export function parserOption(name: string, option: Option): ParserOption {
  const made = new ParserOption(flagsOf(name, option), option.summary);
  // Only a switch is negated by its name: --no-proxy HOSTS is an option of its own.
  made.negate &&= option.type === 'flag';
  if (option.choices !== undefined) declareChoices(made, option.choices, option.prefixes ?? []);
  if (option.type === 'integer') made.argParser((text) => integer(text, option));
  if (option.type === 'duration') made.argParser((text) => duration(text, `--${kebab(name)}`, option));
  if (option.type === 'list')
    made.argParser((text, before: unknown) => [...(Array.isArray(before) ? before : []), text]);
  if (option.valueIfBare !== undefined) made.preset(option.valueIfBare);
  const { refused } = option;
  if (refused !== undefined) {
    made.hideHelp().argParser(() => {
      throw new InvalidArgumentError(refused);
    });
  }
  if (option.default !== undefined) made.default(option.default, shownDefault(option));
  return made.makeOptionMandatory(option.required === true);
}

/** Undefined for the value as it is. */
function shownDefault({ type, default: value }: Option): string | undefined {
  return type === 'duration' ? shownDuration(Number(value)) : undefined;
}

function declareChoices(made: ParserOption, choices: readonly string[], prefixes: readonly string[]): void {
  const all = [...choices, ...prefixes.map((prefix) => `${prefix}…`)];
  made.choices(all);
  if (prefixes.length === 0) return;
  made.argParser((text) => {
    if (choices.includes(text) || prefixes.some((prefix) => text.startsWith(prefix))) return text;
    throw new InvalidArgumentError(`Allowed choices are ${all.join(', ')}.`);
  });
}

/** Adds shared options, except letters and names that the command itself uses. */
export function declareOptions(parser: Parser, options: Options, own: Options = {}): void {
  const former = Object.values(own).flatMap(({ formerShort }) =>
    formerShort === undefined ? [] : [`-${formerShort}`],
  );
  const taken = parser.options.map(({ short }) => short).concat(former);
  for (const [name, option] of Object.entries(options)) {
    if (parser.options.some(({ long }) => long === `--${kebab(name)}`)) continue;
    const { short, ...rest } = option;
    const free = short !== undefined && !taken.includes(`-${short}`);
    parser.addOption(parserOption(name, free ? option : rest));
  }
}

/** The values of a command's own options, under their camel-case names. */
export function valuesOf(parser: Parser, options: Options): RawValues {
  const entries = Object.entries(options).map(([name, option]) => [
    name,
    valueAt(parser, name, option) ?? absent(option),
  ]);
  return Object.fromEntries(entries);
}

/**
 * The values of options that every level accepts, outermost level first: the innermost wins, lists and flags add up. A
 * name that the command itself uses does not count at the innermost level.
 */
export function sharedValuesOf(levels: readonly Parser[], options: Options, own: Options): RawValues {
  const entries = Object.entries(options).map(([name, option]) => {
    const shared = Object.hasOwn(own, name) ? levels.slice(0, -1) : levels;
    const given = shared.map((level) => valueAt(level, name, option)).filter((value) => value !== undefined);
    return [name, option.type === 'list' ? given.flat() : (given.at(-1) ?? absent(option))];
  });
  return Object.fromEntries(entries);
}

function valueAt(parser: Parser, name: string, option: Option): unknown {
  const made = parserOption(name, option);
  const value: unknown = parser.getOptionValue(made.attributeName());
  if (made.negate) return value === false || undefined;
  // A flag with --no- sets the value of the option that it negates.
  return value === false ? undefined : value;
}

function absent({ type }: Option): false | [] | undefined {
  if (type === 'flag') return false;
  return type === 'list' ? [] : undefined;
}

function flagsOf(name: string, { type, short, placeholder, valueIfBare }: Option): string {
  const words = kebab(name);
  const otherwise = type === 'duration' ? 'DURATION' : words.toUpperCase();
  const label = placeholder ?? otherwise;
  const value = type === 'flag' ? '' : valueIfBare === undefined ? ` <${label}>` : ` [${label}]`;
  return `${short === undefined ? '' : `-${short}, `}--${words}${value}`;
}

function integer(
  text: string,
  { minimum = Number.MIN_SAFE_INTEGER, maximum = Number.MAX_SAFE_INTEGER }: Option,
): number {
  const value = Number(text);
  if (/^-?\d+$/.test(text) && value >= minimum && value <= maximum) return value;
  const range = maximum === Number.MAX_SAFE_INTEGER ? `of at least ${minimum}` : `from ${minimum} to ${maximum}`;
  throw new InvalidArgumentError(`Give a whole number ${range}.`);
}

/** In seconds. @throws UsageError */
function duration(text: string, option: string, { minimum = 0, maximum = Number.MAX_SAFE_INTEGER }: Option): number {
  const seconds = readDuration(text);
  if (seconds === undefined) throw new UsageError(`${option}: "${text}" is no duration`, { hint: durationForms });
  if (seconds >= minimum && seconds <= maximum) return seconds;
  const isOpen = maximum === Number.MAX_SAFE_INTEGER;
  const range = isOpen
    ? `at least ${shownDuration(minimum)}`
    : `from ${shownDuration(minimum)} to ${shownDuration(maximum)}`;
  throw new UsageError(`${option}: "${text}" is too ${seconds < minimum ? 'short' : 'long'}`, {
    hint: `give a duration ${isOpen ? 'of ' : ''}${range}`,
  });
}
