import { NoServerError } from './no-server-error.ts';
import { ProblemError } from './problem-error.ts';

/**
 * The reason in an error that only says that no server answers at present; otherwise undefined. A stopping server
 * answers 503, and the proxy before an unreachable one 502 or 504.
 */
export function transientReason(error: unknown): string | undefined {
  if (error instanceof NoServerError) return error.tried.at(-1)?.reason ?? '';
  if (error instanceof ProblemError && [502, 503, 504].includes(error.status)) return error.message;
  return undefined;
}
