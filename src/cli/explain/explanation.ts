import { type Noun, nouns } from '../../api/nouns.ts';
import { suggestName } from '../../lib/nearest.ts';
import { type ProblemCode, problems } from '../../lib/problems.ts';
import { pageText } from '../help/pages.ts';
import { sectionNamed } from '../help/sections.ts';
import { UsageError } from '../usage-error.ts';
import { type Member, membersOf } from './members.ts';

/** What `explain` shows. */
export type Explanation =
  | { readonly kind: 'list'; readonly nouns: readonly { readonly name: string; readonly summary: string }[] }
  | ({ readonly kind: 'noun'; readonly name: string; readonly summary: string; readonly topic: string } & Parts)
  | { readonly kind: 'member'; readonly path: string; readonly topic: string; readonly member: ShownMember }
  | {
      readonly kind: 'error';
      readonly code: string;
      readonly status: number;
      readonly title: string;
      readonly text: string;
    };

interface Parts {
  readonly members: readonly Member[];
  /** Members that only requests have. */
  readonly given: readonly Member[];
}

interface ShownMember extends Member {
  readonly default?: unknown;
}

/**
 * Explains a noun, a member of one, or an error code.
 *
 * @param what such as `host`, `strategy.window.days` or `operation_running`; undefined for the list of nouns
 * @throws UsageError for what there is not
 */
export async function explanationOf(what: string | undefined): Promise<Explanation> {
  if (what === undefined) {
    return { kind: 'list', nouns: Object.entries(nouns).map(([name, { summary }]) => ({ name, summary })) };
  }
  const [first = '', ...path] = what.split('.').map((word) => word.replace(/\[\d*\]$/, ''));
  const name = first.replaceAll('-', '_');
  const noun = Object.hasOwn(nouns, name) ? nouns[name] : undefined;
  if (noun !== undefined) return path.length === 0 ? nounOf(name, noun) : memberAt(name, noun, path);
  if (isCode(what)) return errorOf(what);
  throw new UsageError(`there is no noun and no error code "${what}"`, {
    hint: `${suggestName(name, [...Object.keys(nouns), ...Object.keys(problems)].filter(isNear(name)))}; list the nouns with \`commctl explain\``,
  });
}

/** The list of all error codes would be no help. */
function isNear(name: string): (known: string) => boolean {
  return (known) => Object.hasOwn(nouns, known) || known[0] === name[0];
}

function nounOf(name: string, noun: Noun): Explanation {
  const { summary, topic } = noun;
  return { kind: 'noun', name, summary, topic, ...partsOf(noun) };
}

function partsOf({ schema, given = [] }: Noun): Parts {
  const members = membersOf(schema);
  const known = new Set(members.map(({ name }) => name));
  const others = new Map(given.flatMap(membersOf).map((member) => [member.name, member]));
  return { members, given: [...others.values()].filter(({ name }) => !known.has(name)) };
}

/** @throws UsageError */
function memberAt(name: string, noun: Noun, path: readonly string[]): Explanation {
  const { members, given } = partsOf(noun);
  let known: readonly Member[] = [...members, ...given];
  let place = name;
  let found: Member | undefined;
  for (const word of path) {
    found = known.find((member) => member.name === word);
    if (found === undefined) {
      const names = known.map((member) => member.name);
      const hint = names.length === 0 ? `see \`commctl explain ${place}\`` : suggestName(word, names);
      throw new UsageError(`${place} has no member "${word}"`, { hint });
    }
    place = `${place}.${word}`;
    known = found.members;
  }
  if (found === undefined) return nounOf(name, noun);
  const value = path.length === 1 ? noun.defaults?.[found.name] : undefined;
  const member = value === undefined ? found : { ...found, default: value };
  return { kind: 'member', path: place, topic: noun.topic, member };
}

function isCode(what: string): what is ProblemCode {
  return Object.hasOwn(problems, what);
}

async function errorOf(code: ProblemCode): Promise<Explanation> {
  const { status, title } = problems[code];
  const text = sectionNamed(await pageText('errors'), code) ?? '';
  return { kind: 'error', code, status, title, text };
}
