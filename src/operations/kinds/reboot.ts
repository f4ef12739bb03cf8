import { Type as t } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { readBootId, requestReboot, waitForNewBoot } from '../../machine/reboot.ts';
import type { Intent } from '../entry.ts';
import { type HostWork, type Kind, type Step, succeeded } from '../kind.ts';

const RebootIntent = t.Object({ act: t.Literal('reboot'), boot_id: t.String() });

/** Reboots the machine. It is done when the machine answers SSH in a new boot. */
export function rebootKind(): Kind {
  const step = rebootStep();
  return {
    name: 'reboot',
    parameters: t.Object({}),
    uses: ['reboot_timeout'],
    reboots: () => 'always',
    steps: () => [step],
  };
}

export interface RebootStepOptions {
  /** Whether the machine is to be rebooted at all. Default: yes. */
  isWanted?: (work: HostWork) => Promise<boolean>;
}

/** Reboots the machine, or does nothing. */
export function rebootStep({ isWanted }: RebootStepOptions = {}): Step {
  return {
    name: 'reboot',
    acts: ['reboot'],
    async run(work) {
      if (isWanted === undefined || (await isWanted(work))) await reboot(work);
      return succeeded(null);
    },
    async judge(work, intent) {
      await finishReboot(work, intent);
      return succeeded(null);
    },
  };
}

/**
 * Reboots the machine and waits until it is back.
 *
 * @throws AppError as `requestReboot` and `waitForNewBoot`
 */
async function reboot(work: HostWork): Promise<void> {
  using lease = await work.session();
  const bootId = await readBootId(lease.session, work.signal);
  await work.intend({ act: 'reboot', boot_id: bootId });
  await work.phase('acting');
  await requestReboot(lease.session, bootId, work.signal);
  await comeBack(work, bootId);
}

/**
 * Continues from the intent of an earlier server. It repeats the request, which is safe in every case: a machine in a
 * new boot ignores it, and a machine that is going down only gets the same request again.
 *
 * @throws AppError as `waitForNewBoot`
 */
async function finishReboot(work: HostWork, intent: Intent): Promise<void> {
  const { boot_id: bootId } = Value.Parse(RebootIntent, intent);
  await work.phase('acting');
  await repeatRequest(work, bootId);
  await comeBack(work, bootId);
}

async function repeatRequest(work: HostWork, bootId: string): Promise<void> {
  try {
    using lease = await work.session();
    await requestReboot(lease.session, bootId, work.signal);
  } catch {
    // It does not answer: most likely it is rebooting, and the wait covers that.
    work.signal.throwIfAborted();
  }
}

async function comeBack(work: HostWork, oldBootId: string): Promise<void> {
  await work.phase('rebooting');
  await waitForNewBoot(work.address, {
    oldBootId,
    deadlineMs: work.rebootTimeout * 1000,
    signal: work.signal,
    clock: work.clock,
    connect: async () => {
      work.dropSessions();
      return work.session();
    },
  });
}
