import { NoServerError } from './no-server-error.ts';
import { ProblemError } from './problem-error.ts';

/**
 * Why a server does not answer just now, of an error that says no more than that; else undefined. A stopping server
 * answers 503, and the proxy before one that is away 502 or 504.
 */
export function transientReason(error: unknown): string | undefined {
  if (error instanceof NoServerError) return error.tried.at(-1)?.reason ?? '';
  if (error instanceof ProblemError && [502, 503, 504].includes(error.status)) return error.message;
  return undefined;
}
