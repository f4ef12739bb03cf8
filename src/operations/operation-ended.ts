import { AppError } from '../lib/errors.ts';
import type { Operation } from './operation.ts';

/** The error for a command to an operation that has ended. */
export function operationEnded({ id, status }: Pick<Operation, 'id' | 'status'>): AppError {
  return new AppError('operation_ended', `the operation ${id} has ended already, as ${status}`, {
    hint: 'retry or rerun it, which begins a new one',
  });
}
