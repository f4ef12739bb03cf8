import { AppError } from '../lib/errors.ts';
import type { IdSource } from '../lib/ids.ts';
import type { Trail } from './trail.ts';

/** An act on the machine itself, without a request. */
export interface LocalAct {
  /** The user of the process; empty when unknown, as for a signal. */
  readonly who: string;
  /** How it was requested: `command` or `signal`. */
  readonly method: string;
  /** Such as `secrets rotate`. */
  readonly action: string;
  /** What it works on. */
  readonly target: string;
  readonly permission: string;
}

/**
 * Runs the work after an entry about its beginning is on disk, then records the outcome: 200, or the status of the
 * problem.
 *
 * @throws AppError `store_full`, `shutting_down` when the entry cannot be written, and then the work did not run; what
 *   the work throws
 */
export async function auditedAct<R>(trail: Trail, newId: IdSource, act: LocalAct, work: () => Promise<R>): Promise<R> {
  const { permission, ...told } = act;
  const subject = { ...told, request_id: newId(), peer: 'local' };
  const { sequence: begun } = await trail.append({ ...subject, result: 'begun', permission });
  try {
    const result = await work();
    trail.appendLater({ ...subject, result: 'done', begun, status: 200 });
    return result;
  } catch (error) {
    const problem = error instanceof AppError ? { status: error.status, code: error.code } : { status: 500 };
    trail.appendLater({ ...subject, result: 'failed', begun, ...problem });
    throw error;
  }
}
