import { Patterns } from './patterns.ts';
import { delimited } from './words.ts';

/** One condition of a `Match` line. */
export interface Criterion {
  negated: boolean;
  kind: 'all' | 'canonical' | 'final' | 'host' | 'originalhost' | 'user' | 'localuser' | 'exec';
  patterns: Patterns;
}

/** What a `Match` line is compared with. */
export interface Subject {
  host: string;
  originalHost: string;
  user: string | undefined;
  localUser: string | undefined;
  final: boolean;
}

/**
 * The conditions of a `Match` line.
 *
 * @throws Error when ssh would refuse it, or it is not understood here
 */
export function criteriaOf(text: string): Criterion[] {
  const criteria: Criterion[] = [];
  let rest = text;
  while (rest !== '' && !rest.startsWith('#')) {
    const attribute = next(rest);
    rest = attribute.rest;
    const negated = attribute.word.startsWith('!');
    const kind = kindOf(negated ? attribute.word.slice(1) : attribute.word);
    if (kind === 'all' && (criteria.length > 1 || (rest !== '' && !rest.startsWith('#')))) {
      throw new Error('Match all cannot be combined with other conditions');
    }
    if (kind === 'all' || kind === 'canonical' || kind === 'final') {
      criteria.push({ negated, kind, patterns: new Patterns([]) });
      continue;
    }
    const argument = rest.startsWith('#') ? { word: '', rest } : next(rest);
    if (argument.word === '') throw new Error(`Match ${kind} needs a value`);
    const ofHosts = kind === 'host' || kind === 'originalhost';
    const patterns = new Patterns((ofHosts ? argument.word.toLowerCase() : argument.word).split(','));
    criteria.push({ negated, kind, patterns });
    rest = argument.rest;
  }
  if (criteria.length === 0) throw new Error('Match needs a condition');
  return criteria;
}

function next(text: string): { word: string; rest: string } {
  const found = delimited(text);
  if (found === undefined) throw new Error('a quotation is not closed');
  return found;
}

const kinds = ['all', 'canonical', 'final', 'host', 'originalhost', 'user', 'localuser', 'exec'] as const;

function kindOf(word: string): Criterion['kind'] {
  const kind = kinds.find((each) => each === word.toLowerCase());
  if (kind !== undefined) return kind;
  throw new Error(`Match ${word} cannot be judged here: write the lines into Host blocks`);
}

/**
 * Whether all conditions hold. `exec` is never executed.
 *
 * @throws Error when only a command, or a user that is not known, could tell
 */
export function holds(criteria: readonly Criterion[], subject: Subject): boolean {
  return criteria.every((criterion) => meets(criterion, subject) !== criterion.negated);
}

function meets({ kind, patterns }: Criterion, subject: Subject): boolean {
  switch (kind) {
    case 'all':
      return true;
    case 'canonical':
    case 'final':
      return subject.final;
    case 'host':
      return patterns.match(subject.host.toLowerCase());
    case 'originalhost':
      return patterns.match(subject.originalHost.toLowerCase());
    case 'user':
      return patterns.match(known(subject.user, kind));
    case 'localuser':
      return patterns.match(known(subject.localUser, kind));
    case 'exec':
      throw new Error('Match exec runs a command, which an import never does: write the lines into Host blocks');
  }
}

function known(user: string | undefined, kind: string): string {
  if (user !== undefined) return user;
  throw new Error(`Match ${kind}: the user is not known here`);
}
