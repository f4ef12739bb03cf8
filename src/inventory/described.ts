import { AppError } from '../lib/errors.ts';

/**
 * The record that a request describes. Undefined when its members are invalid: it then describes another record than
 * any that exists (contract N3, M3).
 *
 * @param record throws AppError `invalid_member`
 */
export function described<R>(record: () => R): R | undefined {
  try {
    return record();
  } catch (error) {
    if (error instanceof AppError && error.code === 'invalid_member') return undefined;
    throw error;
  }
}
