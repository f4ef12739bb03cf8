import { AppError } from '../lib/errors.ts';
import { mapAll } from './faults.ts';

/** A value with the place where it was given, so that every fault can name that place. */
export type Given = GivenScalar | GivenList | GivenObject;

export interface GivenScalar {
  readonly kind: 'scalar';
  /** `file:line:column`, a flag such as `--listen-port`, or a variable such as `$COMMISSAIRE_LISTEN_PORT`. */
  readonly where: string;
  readonly value: string | number | boolean | null;
}

export interface GivenList {
  readonly kind: 'list';
  readonly where: string;
  readonly items: readonly Given[];
}

export interface GivenObject {
  readonly kind: 'object';
  readonly where: string;
  readonly members: readonly Member[];
}

export interface Member {
  readonly name: string;
  readonly where: string;
  readonly value: Given;
}

export function givenScalar(where: string, value: GivenScalar['value']): GivenScalar {
  return { kind: 'scalar', where, value };
}

/** A fault of the configuration: where it is, what is wrong, and the fix. */
export function fault(where: string, problem: string, fix: string, cause?: unknown): AppError {
  return new AppError('invalid_configuration', `${where}: ${problem}`, { hint: fix, cause });
}

/**
 * Gives member names the spelling of the product, and refuses duplicates: `listen-port` and `listen_port` are the same
 * option, and choosing either would surprise.
 *
 * @throws AppError `invalid_configuration`
 */
export function respelled(members: readonly Member[], spell: (name: string) => string): Member[] {
  const seen = new Map<string, Member>();
  return mapAll(members, (member) => {
    const name = spell(member.name);
    const earlier = seen.get(name);
    if (earlier !== undefined) {
      throw fault(member.where, `"${member.name}" was given before, at ${earlier.where}`, 'keep one of the two');
    }
    seen.set(name, member);
    return { ...member, name };
  });
}

/** The value without its places. */
export function plainValue(given: Given): unknown {
  if (given.kind === 'scalar') return given.value;
  if (given.kind === 'list') return given.items.map(plainValue);
  return Object.fromEntries(given.members.map(({ name, value }) => [name, plainValue(value)]));
}

/** The value in short, for messages; scalars as they were written. */
export function describeGiven(given: Given): string {
  if (given.kind === 'scalar') return JSON.stringify(given.value);
  return given.kind === 'list' ? 'a list' : 'an object';
}

/** The same without the value, which may be a secret. */
export function describeUnseen(given: Given): string {
  if (given.kind !== 'scalar' || given.value === '') return describeGiven(given);
  if (typeof given.value === 'string') return 'a text';
  return typeof given.value === 'number' ? 'a number' : describeGiven(given);
}
