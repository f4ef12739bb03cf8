import type { Kind } from '../kind.ts';
import { rebootKind } from './reboot.ts';

/** `reboot` under its name in the original's API, which has a record of its own for it. */
export function restartKind(): Kind {
  return { ...rebootKind(), name: 'restart' };
}
