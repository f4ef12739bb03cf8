import { Type as t } from '@sinclair/typebox';
import { timestamp } from '../../lib/clock.ts';
import { AppError } from '../../lib/errors.ts';
import { gatherFacts } from '../../machine/facts.ts';
import type { HostOutcome } from '../entry.ts';
import { type HostWork, type Kind, type Step, succeeded } from '../kind.ts';
import { type HostRecords, recordOf } from './bootstrap.ts';

/**
 * Gathers the facts of a host again. It prints them as one line of JSON and writes them to the inventory; the host
 * keeps its status. It changes nothing on the machine, so a resume runs it again.
 */
export function factsKind(hosts: HostRecords): Kind {
  const run = async (work: HostWork): Promise<HostOutcome> => {
    using lease = await work.session();
    await work.phase('acting');
    const record = await recordOf(await gatherFacts(lease.session, work.signal), hosts, work.address);
    const updated = await hosts.update(work.address, { ...record, last_check: timestamp(work.clock.now()) });
    if (updated === undefined) throw new AppError('host_not_found', `${work.address} left the inventory meanwhile`);
    await work.output(Buffer.from(`${JSON.stringify(record)}\n`));
    return succeeded(null);
  };
  const gather: Step = { name: 'facts', acts: [], run, judge: run };
  return {
    name: 'facts',
    parameters: t.Object({}),
    disrupts: () => false,
    takesAway: () => false,
    steps: () => [gather],
  };
}
