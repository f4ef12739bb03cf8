import { allows } from '../auth/permissions.ts';
import { AppError } from '../lib/errors.ts';
import type { Caller } from './context.ts';

/** Storing records as given (`?import=true`) is a permission of its own. @throws AppError `forbidden` */
export function checkImport({ identity }: Caller): void {
  if (allows(identity, 'record:import')) return;
  throw new AppError('forbidden', `${identity.name} may not import records`, {
    hint: 'ask an administrator, or leave ?import=true out',
    details: { permission: 'record:import' },
  });
}
