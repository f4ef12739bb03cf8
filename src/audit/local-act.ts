import { AppError } from '../lib/errors.ts';
import type { IdSource } from '../lib/ids.ts';
import type { Trail } from './trail.ts';

/** What is done on the machine itself, by no request. */
export interface LocalAct {
  /** The user of the process, or empty where nobody can say, as of a signal. */
  readonly who: string;
  /** How it was asked for: `command` or `signal`. */
  readonly method: string;
  /** Such as `secrets rotate`. */
  readonly action: string;
  /** What it is done to. */
  readonly target: string;
  readonly permission: string;
}

/**
 * Does it, once its beginning is on disk, and writes down what became of it: 200, or what the problem would have been in an
 * answer.
 *
 * @throws AppError `store_full`, `shutting_down` when it cannot be written down, and then nothing was done; what the work
 *   throws
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
