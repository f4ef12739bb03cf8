import { Type as t } from '@sinclair/typebox';
import { packageManagerOf } from '../../machine/os/package-manager.ts';
import { withReport } from '../../machine/upgrade-report.ts';
import type { Kind } from '../kind.ts';
import { detachedKind } from './detached-kind.ts';
import { rebootAfter } from './reboot-after.ts';

/** Brings all packages of a machine, or its ostree, to the newest version there is, and tells what that changed. */
export function upgradeKind(): Kind {
  return detachedKind({
    name: 'upgrade',
    parameters: t.Object({}),
    command(facts) {
      const manager = packageManagerOf(facts);
      return { command: withReport(manager.upgrade, manager) };
    },
    andThen: rebootAfter,
  });
}
