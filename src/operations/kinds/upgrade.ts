import { Type as t } from '@sinclair/typebox';
import type { Kind } from '../kind.ts';
import { detachedKind } from './detached-kind.ts';

/** Brings all packages of a machine, or its ostree, to the newest version there is. */
export function upgradeKind(): Kind {
  return detachedKind({
    name: 'upgrade',
    parameters: t.Object({}),
    command: (manager) => ({ command: manager.upgrade }),
  });
}
