import type { Kind } from '../kind.ts';
import { rebootKind } from './reboot.ts';

/** `reboot` under the name it has in the original's API, with a record of its own there. */
export function restartKind(): Kind {
  return { ...rebootKind(), name: 'restart' };
}
