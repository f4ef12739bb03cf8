import type { Terminal } from './terminal.ts';
/** What names a word can be, for completion: a context of the configuration file, or what the server knows. */
export type Completes = 'context' | ServerName;

/** Names for which completion asks the server. */
export type ServerName =
  | 'host'
  | 'cluster'
  | 'target'
  | 'operation'
  | 'network'
  | 'container_manager'
  | 'budget'
  | 'role'
  | 'role_binding'
  | 'token';

/** An argument of a command: `address` is shown as `<address>`, `sshPrivKey` as `<ssh-priv-key>`. */
export interface Argument {
  readonly summary: string;
  readonly optional?: true;
  /** One or more values. Only for the last argument of a command. */
  readonly many?: true;
  /** Takes the rest of the line unchanged, options included. Only for the last argument. */
  readonly verbatim?: true;
  /** Names a file on this machine. */
  readonly file?: true;
  readonly completes?: Completes;
}

/** A named value: `maxFailures` is given as `--max-failures`. */
export interface Option {
  /** A `list` is an option that may be repeated, a `duration` a number of seconds that may be given with units. */
  readonly type: 'text' | 'integer' | 'duration' | 'flag' | 'list';
  readonly summary: string;
  /** One letter. */
  readonly short?: string;
  /**
   * The letter that the option had in the original, where it means something else elsewhere. It is still accepted; help
   * and completion do not show it.
   */
  readonly formerShort?: string;
  /** The placeholder of the value in the help; by default the name of the option in capitals. */
  readonly placeholder?: string;
  readonly completes?: Completes;
  readonly choices?: readonly string[];
  /** Beginnings of further values beside the choices: `jsonpath=` for `jsonpath=$.name`. */
  readonly prefixes?: readonly string[];
  /** The value when only the option is given, without one. */
  readonly valueIfBare?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly default?: string | number;
  readonly required?: true;
  /** The heading in the help; `Options` when left out. */
  readonly heading?: 'Strategy options' | 'List options' | 'Output options' | 'Global options';
  /** The help only names it: the page that the help refers to explains it. */
  readonly lessUsed?: true;
  /** Why the command refuses the option, which others like it have. Help and completion do not show it. */
  readonly refused?: string;
}

export type Arguments = Readonly<Record<string, Argument>>;
export type Options = Readonly<Record<string, Option>>;

/** The declaration of one command. The parser and the help derive from it. */
export interface Declaration<Context, A extends Arguments, O extends Options> {
  readonly name: string;
  /** Other names, by which it can be called too. */
  readonly aliases?: readonly string[];
  readonly summary: string;
  /** A shorter summary, for the help of the program. */
  readonly brief?: string;
  readonly arguments: A;
  readonly options: O;
  /** Complete command lines, the most useful one first. The help shows three. */
  readonly examples: readonly string[];
  /** Does the work and returns the exit code. */
  readonly handler: (context: Context, values: ArgumentValues<A> & OptionValues<O>) => Promise<number>;
}

/** A declaration among others, whose arguments and options are known at run time only. */
export interface Command<Context> extends Omit<Declaration<Context, Arguments, Options>, 'handler'> {
  readonly kind: 'command';
  readonly run: (context: Context, values: RawValues) => Promise<number>;
}

/** A noun, or a part of one, that needs a verb after it. */
export interface Group<Context> {
  readonly kind: 'group';
  readonly name: string;
  /** Other names, by which it can be called too. */
  readonly aliases?: readonly string[];
  readonly summary: string;
  /** A shorter summary, for the help of the program. */
  readonly brief?: string;
  readonly commands: readonly (Command<Context> | Group<Context>)[];
}

export type RawValues = Readonly<Record<string, unknown>>;

export type ArgumentValues<A extends Arguments> = { readonly [Name in keyof A]: ArgumentValue<A[Name]> };

type ArgumentValue<A extends Argument> = A extends { many: true }
  ? readonly string[]
  : A extends { optional: true }
    ? string | undefined
    : string;

export type OptionValues<O extends Options> = { readonly [Name in keyof O]: OptionValue<O[Name]> };

type OptionValue<O extends Option> = O extends { type: 'flag' }
  ? boolean
  : O extends { type: 'list' }
    ? readonly string[]
    : O extends { required: true } | { default: string | number }
      ? Scalar<O>
      : Scalar<O> | undefined;

type Scalar<O extends Option> = O extends { type: 'integer' | 'duration' }
  ? number
  : O extends { prefixes: readonly string[] }
    ? string
    : O extends { choices: readonly (infer Choice)[] }
      ? Choice
      : string;

/** A command line program: its commands and what they share. */
export interface Program<Context> extends Group<Context> {
  /** The words that a person types to call it. */
  readonly calledAs: string;
  readonly version: string;
  /** Accepted at every level, before and after the command; the last one on the line wins. */
  readonly globals: Options;
  /** Creates what the handlers need. It must be fast, because it runs before help and usage errors too. */
  readonly context: (globals: RawValues, terminal: Terminal, words: readonly string[]) => Context;
  /** The commands by task, by the headings of the help of the program. */
  readonly sections?: Readonly<Record<string, readonly string[]>>;
  /** Of the help of the program itself; by default the first ones of its commands. */
  readonly examples?: readonly string[];
  /** Shown below the help of the program itself. */
  readonly epilogue?: string;
}
