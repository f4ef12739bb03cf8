import { type Clock, timestamp } from '../lib/clock.ts';
import { newControl, type OperationRecord } from './fold.ts';
import type { Look } from './look.ts';
import type { StartRequest } from './start.ts';

interface NewOperation {
  id: string;
  clock: Clock;
  request: StartRequest;
  look: Look;
  /** The key of the lock that recognises a second request for the same operation. */
  identity: string;
}

/** The record of an operation at its start. */
export function newOperation({ id, clock, request, look, identity }: NewOperation): OperationRecord {
  const { kind, parameters, cluster, requestedBy, target = `cluster:${cluster}` } = request;
  const { strategy, addresses, clusters } = look;
  const total = addresses.length;
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
    ...(cluster === '' ? { clusters: [...new Set([...clusters.values()].map((name = '') => name))] } : {}),
  };
}
