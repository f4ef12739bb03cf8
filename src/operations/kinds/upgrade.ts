import { Type as t } from '@sinclair/typebox';
import { packageManagerOf } from '../../machine/os/package-manager.ts';
import { withReport } from '../../machine/upgrade-report.ts';
import { defineKind } from '../define-kind.ts';
import type { Kind } from '../kind.ts';
import { detachedStep } from './detached-step.ts';
import { rebootAfter } from './reboot-after.ts';

/** Upgrades all packages of a machine, or its ostree, to the newest version, and reports what that changed. */
export function upgradeKind(): Kind {
  const upgrade = detachedStep({
    name: 'upgrade',
    command(facts) {
      const manager = packageManagerOf(facts);
      return { command: withReport(manager.upgrade, manager) };
    },
  });
  return defineKind({
    name: 'upgrade',
    parameters: t.Object({}),
    takesAway: ({ reboot }) => reboot !== 'never',
    uses: ['reboot', 'reboot_timeout'],
    reboots: ({ reboot }) => reboot,
    steps: () => [upgrade, rebootAfter],
  });
}
