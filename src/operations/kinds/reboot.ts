import { Type as t } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { readBootId, requestReboot, waitForNewBoot } from '../../machine/reboot.ts';
import type { Intent } from '../entry.ts';
import { type HostWork, type Kind, type Step, succeeded } from '../kind.ts';

const RebootIntent = t.Object({ act: t.Literal('reboot'), boot_id: t.String() });

/** How long a machine may take from the request to its first answer in the new boot (contract 6 had 200 s). */
const defaultDeadlineMs = 300_000;

/** Reboots the machine. Done when it answers SSH in another boot than the one it was found in. */
export function rebootKind(deadlineMs: number = defaultDeadlineMs): Kind {
  const step = rebootStep({ deadlineMs });
  return { name: 'reboot', parameters: t.Object({}), steps: () => [step] };
}

export interface RebootStepOptions {
  /** Whether the machine is to be rebooted at all. Default: yes. */
  isWanted?: (work: HostWork) => Promise<boolean>;
  deadlineMs?: number;
}

/** Reboots the machine, or does nothing. */
export function rebootStep({ isWanted, deadlineMs = defaultDeadlineMs }: RebootStepOptions = {}): Step {
  return {
    name: 'reboot',
    acts: ['reboot'],
    async run(work) {
      if (isWanted === undefined || (await isWanted(work))) await reboot(work, deadlineMs);
      return succeeded(null);
    },
    async judge(work, intent) {
      await finishReboot(work, intent, deadlineMs);
      return succeeded(null);
    },
  };
}

/**
 * Reboots the machine and waits until it is back.
 *
 * @throws AppError as `requestReboot` and `waitForNewBoot`
 */
async function reboot(work: HostWork, deadlineMs: number): Promise<void> {
  using lease = await work.session();
  const bootId = await readBootId(lease.session, work.signal);
  await work.intend({ act: 'reboot', boot_id: bootId });
  await work.phase('acting');
  await requestReboot(lease.session, bootId, work.signal);
  await comeBack(work, bootId, deadlineMs);
}

/**
 * Goes on from the intent of an earlier server. The request is repeated, which is safe in every case: a machine that is
 * in another boot already does not act on it, and one that is going down only hears again what it is doing.
 *
 * @throws AppError as `waitForNewBoot`
 */
async function finishReboot(work: HostWork, intent: Intent, deadlineMs: number): Promise<void> {
  const { boot_id: bootId } = Value.Parse(RebootIntent, intent);
  await work.phase('acting');
  await repeatRequest(work, bootId);
  await comeBack(work, bootId, deadlineMs);
}

async function repeatRequest(work: HostWork, bootId: string): Promise<void> {
  try {
    using lease = await work.session();
    await requestReboot(lease.session, bootId, work.signal);
  } catch {
    // It does not answer: most likely because it is rebooting, which is what the wait is for.
    work.signal.throwIfAborted();
  }
}

async function comeBack(work: HostWork, oldBootId: string, deadlineMs: number): Promise<void> {
  await work.phase('rebooting');
  await waitForNewBoot(work.address, {
    oldBootId,
    deadlineMs,
    signal: work.signal,
    clock: work.clock,
    connect: async () => {
      work.dropSessions();
      return work.session();
    },
  });
}
