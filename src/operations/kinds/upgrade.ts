import { Type as t } from '@sinclair/typebox';
import { packageManagerOf } from '../../machine/os/package-manager.ts';
import { withReport } from '../../machine/upgrade-report.ts';
import type { Kind } from '../kind.ts';
import { detachedStep } from './detached-step.ts';
import { rebootAfter } from './reboot-after.ts';

/** Brings all packages of a machine, or its ostree, to the newest version there is, and tells what that changed. */
export function upgradeKind(): Kind {
  const upgrade = detachedStep({
    name: 'upgrade',
    command(facts) {
      const manager = packageManagerOf(facts);
      return { command: withReport(manager.upgrade, manager) };
    },
  });
  return { name: 'upgrade', parameters: t.Object({}), steps: () => [upgrade, rebootAfter] };
}
