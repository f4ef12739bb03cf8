import type { Route } from '../../src/api/route-group.ts';
import { routes } from '../../src/api/route-groups.ts';

/** What is declared of each route, by `METHOD /path`. */
export const declaredRoutes: Readonly<Record<string, Route>> = Object.fromEntries(
  routes.map((route) => [`${route.method} ${route.path}`, route]),
);
