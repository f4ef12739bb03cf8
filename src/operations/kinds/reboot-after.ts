import { needsReboot } from '../../machine/upgrade-report.ts';
import type { HostWork } from '../kind.ts';
import { reboot } from './reboot.ts';

/**
 * Reboots the machine after a change, when the strategy says so.
 *
 * @throws AppError as `reboot`
 */
export async function rebootAfter(work: HostWork): Promise<void> {
  if (work.strategy.reboot === 'always' || (await asksForReboot(work))) await reboot(work);
}

async function asksForReboot(work: HostWork): Promise<boolean> {
  if (work.strategy.reboot !== 'if-needed') return false;
  using lease = await work.session();
  return needsReboot(lease.session, work.signal);
}
