import { isIPv6 } from 'node:net';
import { canonicalAddress } from '../../lib/addresses.ts';
import { AppError } from '../../lib/errors.ts';
import { longestGlob } from '../../lib/glob.ts';
import { invalidTarget } from '../../lib/invalid-target.ts';
import { maxNames, readNodeSet } from '../../lib/node-set.ts';
import { Pace } from '../../lib/pace.ts';

/** An expression that says which hosts are meant: see `docs/targets.md`. Names and values may hold `*`. */
export type TargetExpression =
  | { type: 'all' }
  | { type: 'cluster'; name: string }
  | { type: 'has_label'; key: string }
  | { type: 'label_is'; key: string; value: string }
  /** Also matches a host without the label. */
  | { type: 'label_is_not'; key: string; value: string }
  | { type: 'status'; state: string }
  | { type: 'os'; name: string }
  | NamedHosts
  | { type: 'and' | 'or' | 'without'; left: TargetExpression; right: TargetExpression };

export interface NamedHosts {
  type: 'host';
  /** One by one, as there may be very many, some of them more than once. @throws AppError `invalid_target` */
  addresses: () => Iterable<string>;
  /** Hosts that are only subtracted need not be in the inventory. */
  absent: 'refused' | 'passed_over';
}

/** Bounds that no person reaches, and that keep the work for one request small. */
const maxTerms = 1_000;
const maxDepth = 100;

/**
 * Parses an expression. Of a node set only the first name is checked here; the others are checked when they are
 * expanded.
 *
 * @throws AppError `invalid_target` with the position of the mistake
 */
export function parseTarget(text: string): TargetExpression {
  return new Parser(text).whole();
}

/** Checks that a text is a target, with every name in it. @throws AppError `invalid_target` */
export async function checkTarget(text: string): Promise<void> {
  const pace = new Pace();
  for (const { addresses } of namedHostsIn(parseTarget(text))) {
    for (const _ of addresses()) if (pace.isDue) await pace.rest();
  }
}

function* namedHostsIn(expression: TargetExpression): Generator<NamedHosts> {
  const left: TargetExpression[] = [expression];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    if ('left' in next) left.push(next.right, next.left);
    else if (next.type === 'host') yield next;
  }
}

/** Whether the hosts it describes depend on their measured state, and not only on their records' names and labels. */
export function looksAtState(expression: TargetExpression): boolean {
  if ('left' in expression) return looksAtState(expression.left) || looksAtState(expression.right);
  return expression.type === 'status' || expression.type === 'os';
}

class Parser {
  readonly #text: string;
  #position = 0;
  #terms = 0;
  #names = 0;
  #depth = 0;
  /** The number of differences that have the current term on their right side. */
  #takenAway = 0;

  constructor(text: string) {
    this.#text = text;
    this.#skipSpace();
  }

  whole(): TargetExpression {
    const expression = this.#combination();
    if (this.#next() !== '') throw this.#expected('"&", "|", " - " or the end');
    return expression;
  }

  /** Unions and differences bind less than `&`, have the same precedence, and are evaluated from left to right. */
  #combination(): TargetExpression {
    let left = this.#intersection();
    for (;;) {
      if (this.#take('|')) left = { type: 'or', left, right: this.#intersection() };
      else if (this.#take('-')) left = { type: 'without', left, right: this.#subtrahend() };
      else return left;
    }
  }

  #subtrahend(): TargetExpression {
    this.#takenAway += 1;
    const right = this.#intersection();
    this.#takenAway -= 1;
    return right;
  }

  #intersection(): TargetExpression {
    let left = this.#operand();
    while (this.#take('&')) left = { type: 'and', left, right: this.#operand() };
    return left;
  }

  #operand(): TargetExpression {
    if (!this.#take('(')) return this.#term();
    this.#depth += 1;
    if (this.#depth > maxDepth) throw this.#wrong(`parentheses may be ${maxDepth} deep`);
    const inner = this.#combination();
    if (!this.#take(')')) throw this.#expected('"&", "|", " - " or ")"');
    this.#depth -= 1;
    return inner;
  }

  #term(): TargetExpression {
    const word = this.#next();
    if (/^([&|()]|-?)$/.test(word)) throw this.#expected('a term such as "cluster:web"');
    if (word.startsWith('-')) throw this.#wrong('expected white space after "-"', this.#position + 1);
    this.#terms += 1;
    if (this.#terms > maxTerms) throw this.#wrong(`a target may have ${maxTerms} terms`);
    const term = this.#termOf(word);
    this.#advance(word);
    return term;
  }

  #termOf(word: string): TargetExpression {
    if (word === 'all') return { type: 'all' };
    const colon = word.indexOf(':');
    const rest = word.slice(colon + 1);
    const at = this.#position + colon + 1;
    switch (word.slice(0, Math.max(colon, 0))) {
      case 'cluster':
        return { type: 'cluster', name: this.#name(rest, at, 'the name of a cluster') };
      case 'label':
        return this.#label(rest, at);
      case 'status':
        return { type: 'status', state: this.#name(rest, at, 'a status') };
      case 'os':
        return { type: 'os', name: this.#name(rest, at, 'the name of a system') };
      case 'host':
        return this.#hosts(rest, at);
      default:
        return this.#bareHosts(word);
    }
  }

  #name(text: string, at: number, what: string): string {
    if (text === '') throw this.#wrong(`expected ${what}`, at);
    return this.#spelled(text, /[^A-Za-z0-9_.*-]/, at);
  }

  #label(text: string, at: number): TargetExpression {
    const [, key = '', operator = '', value = ''] = /^([A-Za-z0-9_.-]*)(!?=)?(.*)$/s.exec(text) ?? [];
    if (key === '') throw this.#wrong('expected the key of a label', at);
    const valueAt = at + key.length + operator.length;
    if (operator !== '') this.#spelled(value, /[^A-Za-z0-9_.:/@*-]/, valueAt);
    else if (value !== '') throw this.#wrong('expected "=", "!=" or the end of the term', valueAt);
    if (operator === '') return { type: 'has_label', key };
    return { type: operator === '=' ? 'label_is' : 'label_is_not', key, value };
  }

  #spelled(text: string, wrong: RegExp, at: number): string {
    if (text.length > longestGlob) throw this.#wrong(`this may have ${longestGlob} characters`, at);
    const index = text.search(wrong);
    if (index === -1) return text;
    throw this.#wrong(`${JSON.stringify(text[index])} cannot stand here`, at + index);
  }

  /** A word with a colon that is neither an IPv6 address nor a set of them is a typing mistake, not a host. */
  #bareHosts(word: string): TargetExpression {
    const prefix = /^([^:]*):/.exec(word)?.[1];
    if (prefix === undefined || isIPv6(word) || /^[0-9A-Fa-f[\]-]*$/.test(prefix)) return this.#hosts(word);
    throw this.#wrong('expected "cluster:", "label:", "host:", "status:", "os:", "all" or names of hosts');
  }

  #hosts(nodeSet: string, at = this.#position): TargetExpression {
    const { count, names } = readNodeSet(nodeSet, { text: this.#text, offset: at });
    this.#names += count;
    if (this.#names > maxNames) throw this.#wrong(`a target may name ${maxNames.toLocaleString('en-US')} hosts`, at);
    const address = (name: string) => this.#address(name, at);
    // A typing mistake shows in the first name; there may be very many others.
    const [first = ''] = names();
    address(first);
    return {
      type: 'host',
      *addresses() {
        for (const name of names()) yield address(name);
      },
      absent: this.#takenAway > 0 ? 'passed_over' : 'refused',
    };
  }

  #address(name: string, at: number): string {
    try {
      return canonicalAddress(name);
    } catch (error) {
      throw error instanceof AppError ? this.#wrong(error.message, at) : error;
    }
  }

  /** The word or sign that comes next; empty at the end. */
  #next(): string {
    const pattern = /[&|()]|[^\s&|()]+/y;
    pattern.lastIndex = this.#position;
    return pattern.exec(this.#text)?.[0] ?? '';
  }

  #take(sign: string): boolean {
    if (this.#next() !== sign) return false;
    this.#advance(sign);
    return true;
  }

  #advance(past: string): void {
    this.#position += past.length;
    this.#skipSpace();
  }

  #skipSpace(): void {
    const pattern = /\s*/y;
    pattern.lastIndex = this.#position;
    pattern.exec(this.#text);
    this.#position = pattern.lastIndex;
  }

  #expected(what: string): AppError {
    const word = this.#next();
    return this.#wrong(`expected ${what}, found ${word === '' ? 'the end' : JSON.stringify(word.slice(0, 40))}`);
  }

  #wrong(problem: string, at = this.#position): AppError {
    return invalidTarget({ text: this.#text, offset: 0 }, at, problem);
  }
}
