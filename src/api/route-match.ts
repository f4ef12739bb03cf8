import { AppError } from '../lib/errors.ts';
import type { RouteRule } from './permissions.ts';
import { routeRules } from './route-groups.ts';

/** The rules of the matching path, one per method; empty when there is no such path. */
export function rulesFor(pathname: string): readonly RouteRule[] {
  return find(root, pathname.split('/'), 0) ?? [];
}

/**
 * The rule for a request, among those of its path.
 *
 * @throws AppError `route_not_found`, `method_not_allowed` with the allowed methods
 */
export function ruleFor(method: string, pathname: string, rules: readonly RouteRule[]): RouteRule {
  if (rules.length === 0) {
    throw new AppError('route_not_found', `there is nothing at ${pathname}`, {
      hint: 'the paths of the API begin with /api/v0',
    });
  }
  const rule = ruleOf(method, rules);
  if (rule !== undefined) return rule;
  const allowed = allowedMethods(rules);
  throw new AppError('method_not_allowed', `${method} is not known at ${pathname}`, {
    hint: `use ${allowed.join(', ')}`,
    details: { allowed },
  });
}

/** The rule for a method, if there is one. HEAD is a GET without its body. */
export function ruleOf(method: string, rules: readonly RouteRule[]): RouteRule | undefined {
  const wanted = method === 'HEAD' ? 'GET' : method;
  return rules.find((rule) => rule.method === wanted);
}

export function allowedMethods(rules: readonly RouteRule[]): string[] {
  const methods: string[] = rules.map(({ method }) => method);
  return [...methods, ...(methods.includes('GET') ? ['HEAD'] : []), 'OPTIONS'];
}

/** What may follow a segment of a path: named segments, or any segment. */
interface Branch {
  readonly named: Map<string, Branch>;
  any?: Branch;
  rules?: readonly RouteRule[];
}

/** All paths as a tree of segments, in which every request looks up its path. */
const root = grown(Map.groupBy(routeRules, ({ path }) => path));

function grown(rulesByPath: ReadonlyMap<string, readonly RouteRule[]>): Branch {
  const root = emptyBranch();
  for (const [path, rules] of rulesByPath) {
    const end = path.split('/').reduce(next, root);
    end.rules = rules;
  }
  return root;
}

function next(branch: Branch, segment: string): Branch {
  if (segment.startsWith(':')) {
    branch.any ??= emptyBranch();
    return branch.any;
  }
  const known = branch.named.get(segment) ?? emptyBranch();
  branch.named.set(segment, known);
  return known;
}

function emptyBranch(): Branch {
  return { named: new Map() };
}

/** A named segment comes before a parameter; the search returns to the parameter when the named one leads nowhere. */
function find(branch: Branch, segments: readonly string[], depth: number): readonly RouteRule[] | undefined {
  const segment = segments[depth];
  if (segment === undefined) return branch.rules;
  const named = branch.named.get(segment);
  const found = named === undefined ? undefined : find(named, segments, depth + 1);
  if (found !== undefined || branch.any === undefined || segment === '') return found;
  return find(branch.any, segments, depth + 1);
}
