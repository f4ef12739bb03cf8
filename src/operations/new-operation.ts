import { type Clock, timestamp } from '../lib/clock.ts';
import { newControl, type OperationRecord } from './fold.ts';
import type { Look } from './look.ts';
import type { StartRequest } from './start.ts';

interface NewOperation {
  id: string;
  number: number;
  clock: Clock;
  request: StartRequest;
  look: Look;
  /** The key of the lock that recognises a second request for the same operation. */
  identity: string;
}

/** The record of an operation at its start. */
export function newOperation({ id, number, clock, request, look, identity }: NewOperation): OperationRecord {
  const { kind, parameters, cluster, requestedBy, automatic = false, target = `cluster:${cluster}` } = request;
  const { strategy, addresses, clusters } = look;
  const total = addresses.length;
  return {
    id,
    number,
    kind,
    parameters,
    cluster,
    target,
    strategy,
    requested_by: requestedBy,
    automatic,
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
