import { Type as t } from '@sinclair/typebox';
import type { Host } from '../../inventory/host.ts';
import { type Clock, timestamp } from '../../lib/clock.ts';
import { AppError, describeError } from '../../lib/errors.ts';
import { checkRights, type Facts, gatherFacts } from '../../machine/facts.ts';
import { packageManagerOf } from '../../machine/os/package-manager.ts';
import type { HostOutcome } from '../entry.ts';
import { type HostWork, type Kind, type Step, succeeded } from '../kind.ts';

/** What the kind needs from the inventory. */
export interface HostRecords {
  get(address: string): Promise<Host>;
  update(address: string, change: Partial<Omit<Host, 'address' | 'name'>>): Promise<Host | undefined>;
  pinnedFingerprint(address: string): Promise<string>;
}

/** What the kind needs from the clusters. */
export interface ClusterNodes {
  /** @throws AppError `container_manager_failed` */
  activate(address: string, signal: AbortSignal): Promise<void>;
}

/**
 * Makes a new machine a usable host: finds out what it is, sets it up, and writes that to the inventory (contract 4.2).
 * Every step can run twice without harm, so a resume runs them again. In a cluster with a container manager the host
 * then becomes a node; when that fails, the host is usable all the same.
 */
export function bootstrapKind(hosts: HostRecords, clusters: ClusterNodes, clock: Clock): Kind {
  const step = (name: string, work: (work: HostWork) => Promise<void>): Step => {
    const run = async (on: HostWork): Promise<HostOutcome> => {
      await work(on);
      return succeeded(null);
    };
    return { name, acts: [], run, judge: run };
  };
  const steps = [
    step('investigate', (work) => telling({ status: 'failed' }, work, hosts, () => bootstrap(work, hosts, clock))),
    step('join', (work) => telling({}, work, hosts, () => clusters.activate(work.address, work.signal))),
  ];
  return {
    name: 'bootstrap',
    internal: true,
    parameters: t.Object({}),
    disrupts: () => false,
    takesAway: () => false,
    steps: () => steps,
  };
}

/** Writes the error that a step throws to the host's record, and the status that the step then leaves the host in. */
async function telling(
  become: { status?: string },
  work: HostWork,
  hosts: HostRecords,
  step: () => Promise<void>,
): Promise<void> {
  try {
    await step();
  } catch (error) {
    if (!work.signal.aborted) await hosts.update(work.address, { ...become, error: describeError(error) });
    throw error;
  }
}

async function bootstrap(work: HostWork, hosts: HostRecords, clock: Clock): Promise<void> {
  using lease = await work.session();
  await work.phase('acting');
  const facts = await gatherFacts(lease.session, work.signal);
  const known = { ...(await recordOf(facts, hosts, work.address)), last_check: timestamp(clock.now()), error: '' };
  await updated(hosts, work.address, { ...known, status: 'bootstrapping' });
  await checkRights(lease.session, work.signal);
  await updated(hosts, work.address, { status: 'disassociated' });
}

/** The members of the host's record that come from the facts. */
export async function recordOf(facts: Facts, hosts: HostRecords, address: string): Promise<Partial<Host>> {
  const { os, cpus, memory, space, kernel, bootId, osVersion, machineId } = facts;
  return {
    os,
    cpus,
    memory,
    space,
    facts: {
      kernel,
      boot_id: bootId,
      os_version: osVersion,
      package_manager: packageManagerOf(facts).name,
      host_key: await hosts.pinnedFingerprint(address),
      ...(machineId === '' ? {} : { machine_id: machineId }),
    },
  };
}

async function updated(hosts: HostRecords, address: string, change: Partial<Omit<Host, 'address'>>): Promise<void> {
  if ((await hosts.update(address, change)) !== undefined) return;
  throw new AppError('host_not_found', `${address} left the inventory while it was being bootstrapped`);
}
