import type { Services } from './context.ts';
import type { Handler, Route } from './route-group.ts';

/** Replaces the number of an operation in the path, such as `44`, by its id, which the handlers of the routes know. */
export function withIdOfOperation(route: Route, handler: Handler, { operationViews }: Services): Handler {
  if (!('about' in route) || route.about !== 'operation') return handler;
  return async (context) => {
    const { id = '' } = context.params;
    return handler({ ...context, params: { ...context.params, id: await operationViews.idOf(id) } });
  };
}
