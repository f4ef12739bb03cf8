import { AppError } from '../lib/errors.ts';
import { type RouteRule, routeRules } from './permissions.ts';

/** The rules by path shape: number of segments, then the pattern of each. */
const byPattern = Map.groupBy(routeRules, ({ path }) => path);
const patterns = [...byPattern].map(([path, rules]) => ({ segments: path.split('/'), rules }));

/** The rules of the paths that look like this one, one per method; empty when there is no such path. */
export function rulesFor(pathname: string): readonly RouteRule[] {
  const segments = pathname.split('/');
  const literalFirst = patterns.filter((pattern) => matches(pattern.segments, segments));
  return literalFirst[0]?.rules ?? [];
}

/**
 * The rule for a request. HEAD is a GET without its body.
 *
 * @throws AppError `route_not_found`, `method_not_allowed` with the methods there are
 */
export function ruleFor(method: string, pathname: string): RouteRule {
  const rules = rulesFor(pathname);
  if (rules.length === 0) {
    throw new AppError('route_not_found', `there is nothing at ${pathname}`, {
      hint: 'the paths of the API begin with /api/v0',
    });
  }
  const wanted = method === 'HEAD' ? 'GET' : method;
  const rule = rules.find((candidate) => candidate.method === wanted);
  if (rule !== undefined) return rule;
  const allowed = allowedMethods(rules);
  throw new AppError('method_not_allowed', `${method} is not known at ${pathname}`, {
    hint: `use ${allowed.join(', ')}`,
    details: { allowed },
  });
}

export function allowedMethods(rules: readonly RouteRule[]): string[] {
  const methods: string[] = rules.map(({ method }) => method);
  return [...methods, ...(methods.includes('GET') ? ['HEAD'] : []), 'OPTIONS'];
}

function matches(pattern: readonly string[], segments: readonly string[]): boolean {
  if (pattern.length !== segments.length) return false;
  return pattern.every((part, index) => {
    const segment = segments[index] ?? '';
    return part.startsWith(':') ? segment !== '' : part === segment;
  });
}
