import type { Static } from '@sinclair/typebox';
import { type WorkCheck, whateverRuns } from '../inventory/taking-away.ts';
import type { Services } from './context.ts';
import { insightOf } from './insight.ts';
import type { ForceQuery } from './query.ts';

/**
 * Makes changes that take hosts or a cluster away. They are refused while an operation works on these, unless the
 * request has `?force=true`; then the operation finds out by itself that they are gone.
 *
 * @throws AppError `operation_running`, and what the change throws
 */
export function unlessRunning({ operations, whereabouts, callerOf }: Services) {
  return async <T>(
    request: Request,
    { force }: Static<typeof ForceQuery>,
    change: (checkWork: WorkCheck) => Promise<T>,
  ): Promise<T> => {
    if (force === 'true') return change(whateverRuns);
    return operations.unlessRunning({ insight: await insightOf(callerOf(request), whereabouts) }, change);
  };
}
