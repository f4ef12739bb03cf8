import type { Command, Group, Options, Program } from '../../../src/cli/declaration.ts';

/** An entry of a program, and the words that call it: `['host', 'create']`. */
export interface Entry {
  readonly entry: AnyCommand | AnyGroup;
  readonly words: readonly string[];
}

/** What a page is made of: none of it is called. */
export type AnyCommand = Omit<Command<never>, 'run'>;
export interface AnyGroup extends Omit<Group<never>, 'commands'> {
  readonly commands: readonly (AnyCommand | AnyGroup)[];
}
export interface AnyProgram extends AnyGroup, Pick<Program<never>, 'sections' | 'examples' | 'epilogue'> {
  readonly version: string;
  readonly globals: Options;
}

/** Every command and group of a program, without itself. */
export function entriesOf({ commands }: AnyGroup, before: readonly string[] = []): Entry[] {
  return commands.flatMap((entry) => {
    const words = [...before, entry.name];
    return [{ entry, words }, ...(entry.kind === 'group' ? entriesOf(entry, words) : [])];
  });
}

/** `commctl-host-create`. */
export function titleOf(program: Pick<AnyProgram, 'name'>, words: readonly string[]): string {
  return [program.name, ...words].join('-');
}
