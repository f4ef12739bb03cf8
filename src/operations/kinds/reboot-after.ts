import { needsReboot } from '../../machine/upgrade-report.ts';
import type { HostWork, Step } from '../kind.ts';
import { rebootStep } from './reboot.ts';

/** Reboots the machine after a change, when the strategy says so. */
export const rebootAfter: Step = rebootStep({
  isWanted: async (work) => work.strategy.reboot === 'always' || (await asksForReboot(work)),
});

async function asksForReboot(work: HostWork): Promise<boolean> {
  if (work.strategy.reboot !== 'if-needed') return false;
  using lease = await work.session();
  return needsReboot(lease.session, work.signal);
}
