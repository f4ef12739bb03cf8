import { createHash } from 'node:crypto';
import { clustersOf } from '../inventory/membership.ts';
import { type Clock, timestamp } from '../lib/clock.ts';
import type { Transaction } from '../store/contract.ts';
import { newControl, newHostRecord, type OperationRecord } from './fold.ts';
import { checkGates } from './gate-check.ts';
import type { HttpGates } from './http-gates.ts';
import { clusterLock, hostLock, identityLock, obstacleAmong } from './locks.ts';
import { Obstructed } from './obstacle.ts';
import { indexOperation } from './operation-index.ts';
import { ordered } from './order.ts';
import {
  journalEntries,
  journalKey,
  latestKey,
  latestRecords,
  lockRecords,
  operationHostKey,
  operationHostRecords,
  putOperation,
  readOperation,
  runningRecords,
  targetRecords,
} from './records.ts';
import { aboutOf } from './scope.ts';
import { completed, type Strategy } from './strategy.ts';
import { checkStrategy } from './strategy-check.ts';

export interface StartRequest {
  kind: string;
  parameters: Record<string, unknown>;
  /** The cluster it is for, or empty when the target is an expression. */
  cluster: string;
  /** The target as it was asked for. */
  target?: string;
  strategy: Partial<Strategy>;
  requestedBy: string;
  /** Wait for machines that another operation has, instead of being refused. */
  wait?: boolean;
  admit?: Admission;
}

/**
 * Whether an operation may be about these hosts, of which each is told by the cluster it is in. Asked before anything is
 * written. @throws AppError `forbidden`
 */
export type Admission = (clusters: readonly (string | undefined)[]) => void;

/**
 * Writes a new operation down with all it needs to be run by any server. The same kind with the same parameters already
 * under way on the same target is that operation, not a new one.
 *
 * @param target the hosts; one that is named twice is in it once
 * @throws AppError `forbidden`, `operation_running` when another one has the cluster, or a machine that is not to be waited for;
 *   `invalid_member` for a strategy that cannot be followed
 */
export async function openRecord(
  tx: Transaction,
  { id, clock, httpGates }: { id: string; clock: Clock; httpGates: HttpGates },
  request: StartRequest,
  target: readonly string[],
): Promise<{ operation: OperationRecord; fresh: boolean }> {
  const named = [...new Set(target)];
  const clusters = await clustersOf(tx, named);
  request.admit?.(clusters);
  const strategy = checkStrategy(seeded(completed(request.strategy), id));
  const addresses = await ordered(tx, named, strategy);
  await checkGates(tx, strategy, addresses, httpGates);
  const identity = identityLock(identityOf(request, addresses));
  const same = (await tx.get(lockRecords, identity))?.value.operation;
  if (same !== undefined) return { operation: await readOperation(tx, same), fresh: false };
  const obstacle = await obstacleAmong(tx, refusedFor(request, addresses), id);
  if (obstacle !== undefined) throw new Obstructed(obstacle);

  const scope = request.cluster === '' ? { clusters: [...new Set(clusters.map((name = '') => name))] } : {};
  const operation = { ...newOperation(id, clock, { ...request, strategy }, identity, addresses.length), ...scope };
  tx.put(lockRecords, identity, { operation: id });
  if (request.cluster !== '') tx.put(lockRecords, clusterLock(request.cluster), { operation: id });
  // Those that are not to be had now the run waits for, and takes all at once.
  const machines = addresses.map(hostLock);
  if ((await obstacleAmong(tx, machines, id)) === undefined) {
    for (const lock of machines) tx.put(lockRecords, lock, { operation: id });
  }
  for (const address of addresses) {
    tx.put(operationHostRecords, operationHostKey(id, address), newHostRecord(address));
  }
  putOperation(tx, operation);
  indexOperation(tx, operation);
  tx.put(targetRecords, id, addresses);
  tx.put(runningRecords, id, true);
  tx.put(journalEntries, journalKey(id, 0), { at: operation.started_at, type: 'operation_started' });
  if (request.cluster !== '') tx.put(latestRecords, latestKey(request.cluster, request.kind), { operation: id });
  const started = { ...aboutOf(operation), by: request.requestedBy };
  tx.emit({ type: 'operation', action: 'started', key: id, data: started });
  return { operation, fresh: true };
}

/**
 * The locks for which a request is refused when another operation has them. Machines of a cluster are waited for, as
 * they may be in the middle of their bootstrap; those of an expression only when asked.
 */
function refusedFor({ cluster, wait = false }: StartRequest, addresses: readonly string[]): string[] {
  if (cluster !== '') return [clusterLock(cluster)];
  return wait ? [] : addresses.map(hostLock);
}

/** A cluster is the same target whoever has joined or left it meanwhile; a list of hosts is when it names the same. */
function identityOf({ kind, parameters, cluster }: StartRequest, addresses: readonly string[]): string {
  const target = cluster === '' ? addresses.toSorted() : [cluster];
  const members = Object.entries(parameters).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify([kind, cluster !== '', target, members]))
    .digest('base64url');
}

/** A random order that was not given a seed gets one from the id, so that the record tells it. */
function seeded(strategy: Strategy, id: string): Strategy {
  if (strategy.order !== 'random' || strategy.seed !== undefined) return strategy;
  return { ...strategy, seed: createHash('sha256').update(id).digest().readUInt32BE(0) };
}

function newOperation(
  id: string,
  clock: Clock,
  request: StartRequest & { strategy: Strategy },
  identity: string,
  total: number,
): OperationRecord {
  const { kind, parameters, cluster, strategy, requestedBy, target = `cluster:${cluster}` } = request;
  return {
    id,
    kind,
    parameters,
    cluster,
    target,
    strategy,
    requested_by: requestedBy,
    status: 'in_process',
    waiting_for: null,
    reason: '',
    started_at: timestamp(clock.now()),
    finished_at: '',
    counts: total === 0 ? {} : { pending: total },
    handshake_window: null,
    control: newControl,
    identity,
    gates_checked: true,
  };
}
