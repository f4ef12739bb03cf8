import { type ProblemCode, problems } from './problems.ts';

export interface AppErrorOptions {
  /** What to do about it, as a sentence a person can act on. */
  hint?: string;
  /** Further members for the problem document, such as the id of a conflicting operation. */
  details?: Record<string, unknown>;
  cause?: unknown;
}

/**
 * An expected failure. `message` says what was attempted, on what, and what went wrong; `hint` what to do. Anything
 * thrown that is not an AppError is a bug and is answered with `internal_error`.
 */
export class AppError extends Error {
  override readonly name: string = 'AppError';
  readonly code: ProblemCode;
  readonly hint: string | undefined;
  readonly details: Record<string, unknown> | undefined;

  constructor(code: ProblemCode, message: string, options: AppErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
    this.details = options.details;
  }

  /** The HTTP status that goes with the code. */
  get status(): number {
    return problems[this.code].status;
  }
}

/** The one-line text of a failure for people: message and hint of an AppError, the message of anything else. */
export function describeError(error: unknown): string {
  if (error instanceof AppError) return error.hint === undefined ? error.message : `${error.message}; ${error.hint}`;
  return error instanceof Error ? error.message : String(error);
}

/** Narrows to the `code` that Node gives system errors (`ENOENT`, `EADDRINUSE`, …). */
export function systemErrorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
