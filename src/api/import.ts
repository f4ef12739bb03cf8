import { checkEverywhere } from './authorisation.ts';
import type { Caller } from './caller.ts';

/** Storing records as given (`?import=true`) needs a permission of its own. @throws AppError `forbidden` */
export function checkImport(caller: Pick<Caller, 'identity' | 'access'>): void {
  checkEverywhere(caller, 'record:import');
}
