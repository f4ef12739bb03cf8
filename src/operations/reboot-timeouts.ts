import { clusterRecords, hostRecords } from '../inventory/collections.ts';
import { AppError } from '../lib/errors.ts';
import { Pace } from '../lib/pace.ts';
import { readRebootTimeout, rebootTimeoutName, rebootTimeoutRule } from '../lib/reboot-timeout.ts';
import type { Reader } from '../store/contract.ts';
import type { Strategy } from './strategy.ts';

/** For hosts of operations of earlier builds, which had no other. */
export const rebootTimeoutOfEarlierBuilds = 300;

/** When neither the configuration nor anything else says so. */
export const defaultRebootTimeout = 600;

interface Asked {
  addresses: readonly string[];
  /** By address; undefined for a host in no cluster. */
  clusters: ReadonlyMap<string, string | undefined>;
  strategy: Pick<Strategy, 'reboot_timeout'>;
  /** For hosts of which nothing else says so. */
  otherwise: number;
}

/**
 * Seconds that each host may take to come back from a reboot: what the strategy says, else the label of the host, else
 * its cluster, else the default.
 *
 * @throws AppError `invalid_member` naming a host whose label is no such number
 */
export async function rebootTimeouts(
  reader: Pick<Reader, 'get'>,
  { addresses, clusters, strategy, otherwise }: Asked,
): Promise<ReadonlyMap<string, number>> {
  const { reboot_timeout: forAll } = strategy;
  if (forAll !== undefined) return new Map(addresses.map((address) => [address, forAll]));
  const ofClusters = new Map<string, number>();
  for (const name of new Set(clusters.values())) {
    const own = name === undefined ? undefined : (await reader.get(clusterRecords, name))?.value.reboot_timeout;
    if (name !== undefined && own !== undefined) ofClusters.set(name, own);
  }
  const found = new Map<string, number>();
  const pace = new Pace();
  for (const address of addresses) {
    if (pace.isDue) await pace.rest();
    const ofCluster = ofClusters.get(clusters.get(address) ?? '');
    found.set(address, (await labelOf(reader, address)) ?? ofCluster ?? otherwise);
  }
  return found;
}

async function labelOf(reader: Pick<Reader, 'get'>, address: string): Promise<number | undefined> {
  const label = (await reader.get(hostRecords, address))?.value.labels?.[rebootTimeoutName];
  if (label === undefined) return undefined;
  const seconds = readRebootTimeout(label);
  if (seconds !== undefined) return seconds;
  const problem = `the label ${rebootTimeoutName}=${label} of ${address} is not ${rebootTimeoutRule}`;
  throw new AppError('invalid_member', problem, {
    hint: `change it with \`commctl host label ${address} ${rebootTimeoutName}=600\`, or give reboot_timeout in the strategy`,
    details: { member: rebootTimeoutName, host: address },
  });
}
