import { managerOf } from '../inventory/membership.ts';
import { AppError } from '../lib/errors.ts';
import type { Reader } from '../store/contract.ts';
import type { Strategy } from './strategy.ts';

/**
 * Refuses gates that could never hold: `node_ready` on a host that is a node of nothing.
 *
 * @throws AppError `invalid_member` naming the host
 */
export async function checkGates(
  reader: Pick<Reader, 'get'>,
  { gates }: Pick<Strategy, 'gates'>,
  addresses: readonly string[],
): Promise<void> {
  if (!gates.some((gate) => 'node_ready' in gate)) return;
  for (const address of addresses) {
    if ((await managerOf(reader, address)) !== undefined) continue;
    const member = '/strategy/gates';
    const problem = `node_ready cannot hold on ${address}, which is in no cluster that has a container manager`;
    throw new AppError('invalid_member', `${member}: ${problem}`, {
      hint: 'leave the gate out, or give the cluster of the host a container manager',
      details: { member, host: address },
    });
  }
}
