import { isDeepStrictEqual } from 'node:util';
import { type Clock, timestamp } from '../lib/clock.ts';
import { AppError } from '../lib/errors.ts';
import type { Transaction } from '../store/contract.ts';
import { newHostRecord } from './fold.ts';
import { locksOf } from './journal.ts';
import type { Operation } from './operation.ts';
import {
  journalEntries,
  journalKey,
  latestKey,
  latestRecords,
  lockRecords,
  operationHostKey,
  operationHostRecords,
  operationRecords,
  readOperation,
  runningRecords,
  targetRecords,
} from './records.ts';
import type { Strategy } from './strategy.ts';

export interface StartRequest {
  kind: string;
  parameters: Record<string, unknown>;
  /** The cluster it is for, or empty when the hosts were named. */
  cluster: string;
  strategy: Strategy;
  requestedBy: string;
}

/**
 * Writes a new operation down with all it needs to be run by any server. The same kind with the same parameters already
 * under way on the same target is that operation, not a new one.
 *
 * @param target the hosts in order; one that is named twice is in it once
 * @throws AppError `operation_running` when another one has the target for itself
 */
export async function openRecord(
  tx: Transaction,
  id: string,
  clock: Clock,
  request: StartRequest,
  target: readonly string[],
): Promise<{ operation: Operation; fresh: boolean }> {
  const addresses = [...new Set(target)];
  const operation = newOperation(id, clock, request, addresses.length);
  const hosts = new Map(addresses.map((address) => [address, newHostRecord(address)]));
  const locks = locksOf({ operation, hosts });
  for (const lock of locks) {
    const holder = (await tx.get(lockRecords, lock))?.value.operation;
    if (holder === undefined) continue;
    const running = await readOperation(tx, holder);
    if (await isSame(tx, running, request, addresses)) return { operation: running, fresh: false };
    throw inTheWay(running, lock);
  }
  for (const lock of locks) tx.put(lockRecords, lock, { operation: id });
  for (const [address, host] of hosts) tx.put(operationHostRecords, operationHostKey(id, address), host);
  tx.put(operationRecords, id, operation);
  tx.put(targetRecords, id, addresses);
  tx.put(runningRecords, id, true);
  tx.put(journalEntries, journalKey(id, 0), { at: operation.started_at, type: 'operation_started' });
  if (request.cluster !== '') tx.put(latestRecords, latestKey(request.cluster, request.kind), { operation: id });
  const { kind, cluster, requestedBy: by } = request;
  tx.emit({ type: 'operation', action: 'started', key: id, data: { kind, cluster, by } });
  return { operation, fresh: true };
}

/** A cluster is the same target whoever has joined or left it meanwhile; a list of hosts is when it names the same. */
async function isSame(
  tx: Transaction,
  running: Operation,
  { kind, parameters, cluster }: StartRequest,
  addresses: readonly string[],
): Promise<boolean> {
  if (running.kind !== kind || !isDeepStrictEqual(running.parameters, parameters)) return false;
  if (cluster !== '') return true;
  const target = (await tx.get(targetRecords, running.id))?.value ?? [];
  return isDeepStrictEqual(new Set(target), new Set(addresses));
}

function newOperation(id: string, clock: Clock, request: StartRequest, total: number): Operation {
  const { kind, parameters, cluster, strategy, requestedBy } = request;
  return {
    id,
    kind,
    parameters,
    cluster,
    strategy,
    requested_by: requestedBy,
    status: 'in_process',
    reason: '',
    started_at: timestamp(clock.now()),
    finished_at: '',
    counts: total === 0 ? {} : { pending: total },
  };
}

function inTheWay(running: Operation, lock: string): AppError {
  return new AppError('operation_running', `${running.kind} ${running.id} runs on the ${lock.replace('/', ' ')}`, {
    hint: `wait for it with \`commctl operation wait ${running.id}\``,
    details: { operation: running.id },
  });
}
