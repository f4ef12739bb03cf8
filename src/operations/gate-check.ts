import { managerOf } from '../inventory/membership.ts';
import { AppError } from '../lib/errors.ts';
import type { Reader } from '../store/contract.ts';
import type { HttpGates } from './http-gates.ts';
import type { Strategy } from './strategy.ts';

const member = '/strategy/gates';

/**
 * Refuses gates that can never hold: `node_ready` on a host that is not a node, and a URL that the server may not ask.
 *
 * @throws AppError `invalid_member` naming the host
 */
export async function checkGates(
  reader: Pick<Reader, 'get'>,
  { gates }: Pick<Strategy, 'gates'>,
  addresses: readonly string[],
  http: Pick<HttpGates, 'fault'>,
): Promise<void> {
  checkHttpGates(gates, addresses, http);
  if (!gates.some((gate) => 'node_ready' in gate)) return;
  for (const address of addresses) {
    if ((await managerOf(reader, address)) !== undefined) continue;
    const problem = `node_ready cannot hold on ${address}, which is in no cluster that has a container manager`;
    throw new AppError('invalid_member', `strategy.gates: ${problem}`, {
      hint: 'leave the gate out, or give the cluster of the host a container manager',
      details: { member, host: address },
    });
  }
}

function checkHttpGates(gates: Strategy['gates'], addresses: readonly string[], http: Pick<HttpGates, 'fault'>): void {
  for (const gate of gates) {
    if (!('http' in gate) || gate.from === 'machine') continue;
    for (const address of addresses) {
      const fault = http.fault(gate.http, address);
      if (fault === undefined) continue;
      throw new AppError('invalid_member', `strategy.gates: the server may not ask ${gate.http}: ${fault}`, {
        hint: 'write {address} for the machine, let the machine ask ("from": "machine"), or add the destination to gate-destinations',
        details: { member, host: address },
      });
    }
  }
}
