import type { Option } from './declaration.ts';
import { UsageError } from './usage-error.ts';

/** Labels in the notation of kubectl, which narrow a target. */
export const selector = {
  type: 'text',
  short: 'l',
  placeholder: 'LABELS',
  summary: 'only hosts with these labels: rack=3,env!=prod',
} as const satisfies Option;

/**
 * The target, narrowed to the hosts that a selector describes: `rack=3,env!=prod,ssd,!old,zone in (a,b)`. Undefined
 * when neither is given.
 *
 * @throws UsageError for a text that is no selector
 */
export function narrowed<T extends string | undefined>(target: T, selector: string | undefined): T | string {
  if (selector === undefined) return target;
  const texts = conditionsIn(selector);
  if (texts.length === 0) throw wrong(selector, selector);
  const conditions = texts.map((text) => conditionOf(text, selector));
  const wanted = conditions.flatMap(({ is }) => is);
  const unwanted = conditions.flatMap(({ isNot }) => isNot);
  const base = target === undefined ? [] : [isOneTerm(target) ? target : `(${target})`];
  const left = [...base, ...wanted];
  return [left.length === 0 ? 'all' : left.join(' & '), ...unwanted].join(' - ');
}

function isOneTerm(target: string): boolean {
  return !/[\s&|()]/.test(target.trim());
}

/** The parts between commas, of which those in parentheses separate values. */
function conditionsIn(selector: string): string[] {
  const parts = selector.match(/(?:[^,(]|\([^)]*\)?)+/g) ?? [];
  return parts.map((part) => part.trim());
}

interface Condition {
  /** Terms of a target that must hold. */
  readonly is: readonly string[];
  /** Terms whose hosts are left out. */
  readonly isNot: readonly string[];
}

const key = '[A-Za-z0-9_.-]+';
const value = '[A-Za-z0-9_.:/@*-]*';
const comparison = new RegExp(`^(${key})\\s*(==|=|!=)\\s*(${value})$`);
const presence = new RegExp(`^(!?)\\s*(${key})$`);
const membership = new RegExp(`^(${key})\\s+(in|notin)\\s*\\(\\s*(${value}(?:\\s*,\\s*${value})*)\\s*\\)$`);

function conditionOf(text: string, selector: string): Condition {
  const compared = comparison.exec(text);
  if (compared !== null) {
    const [, key = '', operator = '', value = ''] = compared;
    return { is: [`label:${key}${operator === '!=' ? '!=' : '='}${value}`], isNot: [] };
  }
  const present = presence.exec(text);
  if (present !== null) {
    const [, not, key = ''] = present;
    return not === '!' ? { is: [], isNot: [`label:${key}`] } : { is: [`label:${key}`], isNot: [] };
  }
  const among = membership.exec(text);
  if (among === null) throw wrong(text, selector);
  const [, name = '', operator, list = ''] = among;
  const values = list.split(',').map((each) => each.trim());
  if (operator === 'notin') return { is: values.map((each) => `label:${name}!=${each}`), isNot: [] };
  const terms = values.map((each) => `label:${name}=${each}`);
  return { is: [terms.length === 1 ? terms.join() : `(${terms.join(' | ')})`], isNot: [] };
}

function wrong(text: string, selector: string): UsageError {
  const what = text === selector.trim() ? `"${text}"` : `"${text}" in "${selector}"`;
  return new UsageError(`--selector: ${what} is no condition on a label`, {
    hint: "write it like 'rack=3', 'env!=prod', 'ssd', '!old' or 'zone in (a,b)', several with commas between",
  });
}
