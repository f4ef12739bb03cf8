import { AppError } from '../lib/errors.ts';

export function roleNotFound(name: string): AppError {
  return new AppError('role_not_found', `there is no role ${name}`, {
    hint: 'list the roles with `commctl role list`',
  });
}

/** The error for a role or binding that is not in the store, and cannot be changed there. */
export function roleFixed(
  what: string,
  hint = 'change the configuration and reload it with SIGUSR1, or take another name',
): AppError {
  return new AppError('role_fixed', what, { hint });
}
