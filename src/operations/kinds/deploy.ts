import { Type as t } from '@sinclair/typebox';
import { packageManagerOf } from '../../machine/os/package-manager.ts';
import { defineKind } from '../define-kind.ts';
import type { Kind } from '../kind.ts';
import { detachedStep } from './detached-step.ts';
import { rebootAfter } from './reboot-after.ts';

/** Printable, without spaces, and not an option of the command that it is passed to. */
export const DeployParameters = t.Object({
  version: t.String({
    minLength: 1,
    maxLength: 256,
    pattern: '^[!-,.-~][!-~]*$',
    description: 'The version of the tree to deploy, as rpm-ostree names it',
    form: 'a version of 1 to 256 printable characters without blanks, such as 7.2.6, that does not begin with -',
  }),
});

/** Brings a machine to one version as a whole; a machine made of packages is skipped. */
export function deployKind(): Kind {
  const deploy = (version: string) =>
    detachedStep({
      name: 'deploy',
      command(facts) {
        const manager = packageManagerOf(facts);
        if (manager.deploy !== undefined) return { command: manager.deploy(version) };
        return { skip: `a machine that is upgraded with ${manager.name} cannot be brought to one version as a whole` };
      },
    });
  return defineKind({
    name: 'deploy',
    parameters: DeployParameters,
    uses: ['reboot', 'reboot_timeout'],
    reboots: ({ reboot }) => reboot,
    steps: ({ version }) => [deploy(version), rebootAfter],
  });
}
