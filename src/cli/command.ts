import type {
  Argument,
  Arguments,
  ArgumentValues,
  Command,
  Declaration,
  Group,
  Option,
  Options,
  OptionValues,
  RawValues,
} from './declaration.ts';

/** The functions that define commands and groups of a program whose handlers share one context. */
export function commandsWith<Context>() {
  return {
    command<const A extends Arguments, const O extends Options>(
      declaration: Declaration<Context, A, O>,
    ): Command<Context> {
      const { handler, ...rest } = declaration;
      return {
        ...rest,
        kind: 'command',
        run: (context, values) => {
          assertArguments<A>(declaration.arguments, values);
          assertOptions<O>(declaration.options, values);
          return handler(context, values);
        },
      };
    },

    group(
      name: string,
      summary: string,
      commands: Group<Context>['commands'],
      aliases: readonly string[] = [],
    ): Group<Context> {
      return { kind: 'group', name, summary, commands, aliases };
    },
  };
}

/** Asserts that the parsed values match the declared options. A mismatch is a bug of the parser. */
export function assertOptions<O extends Options>(options: O, values: unknown): asserts values is OptionValues<O> {
  for (const [name, option] of Object.entries(options)) check(name, fitsOption(option, memberOf(values, name)));
}

function assertArguments<A extends Arguments>(declared: A, values: unknown): asserts values is ArgumentValues<A> {
  for (const [name, argument] of Object.entries(declared)) check(name, fitsArgument(argument, memberOf(values, name)));
}

function check(name: string, fits: boolean): void {
  if (!fits) throw new Error(`the parser returned something else than was declared for ${name}`);
}

function memberOf(values: unknown, name: string): unknown {
  return isValues(values) ? values[name] : undefined;
}

function isValues(values: unknown): values is RawValues {
  return typeof values === 'object' && values !== null;
}

function fitsArgument({ many, optional }: Argument, value: unknown): boolean {
  if (many) return isTexts(value);
  return typeof value === 'string' || (optional === true && value === undefined);
}

function fitsOption({ type, required, default: fallback, choices, prefixes = [] }: Option, value: unknown): boolean {
  if (type === 'flag') return typeof value === 'boolean';
  if (type === 'list') return isTexts(value);
  if (value === undefined) return required === undefined && fallback === undefined;
  if (type === 'integer' || type === 'duration') return Number.isSafeInteger(value);
  if (typeof value !== 'string') return false;
  return choices === undefined || choices.includes(value) || prefixes.some((prefix) => value.startsWith(prefix));
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
