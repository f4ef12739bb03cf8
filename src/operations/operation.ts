import { type Static, Type as t } from '@sinclair/typebox';
import { Strategy } from './strategy.ts';

const literals = <const T extends string[]>(...values: T) =>
  t.Union(values.map((value) => t.Literal(value as T[number])));

/** `in_process` goes on; the rest are final. `failed` means that the failure budget was reached. */
export const OperationStatus = literals('in_process', 'finished', 'failed');
export type OperationStatus = Static<typeof OperationStatus>;

export const HostState = literals('pending', 'running', 'succeeded', 'failed', 'unreachable', 'skipped', 'cancelled');
export type HostState = Static<typeof HostState>;

/** What a running host is at. */
export const Phase = literals('connecting', 'draining', 'acting', 'rebooting', 'gating');
export type Phase = Static<typeof Phase>;

/** Why a host ended other than well: the code of `docs/errors.md`, and the text a person reads. */
export const HostError = t.Object({ code: t.String(), message: t.String() });
export type HostError = Static<typeof HostError>;

/** One host in an operation. */
export const OperationHost = t.Object({
  address: t.String(),
  state: HostState,
  phase: t.Optional(Phase),
  attempts: t.Integer({ description: 'How often work on the host was begun or taken up again' }),
  exit_code: t.Union([t.Integer(), t.Null()], { description: 'Of the command that was run, once it ended' }),
  error: t.Union([HostError, t.Null()]),
  started_at: t.String({ description: 'Contract timestamp, empty before' }),
  finished_at: t.String({ description: 'Contract timestamp, empty before' }),
  output_bytes: t.Integer({ description: 'Bytes in the log of this host' }),
});
export type OperationHost = Static<typeof OperationHost>;

/** One operation over many hosts, as the store keeps it beside its journal. */
export const Operation = t.Object({
  id: t.String({ description: 'Sorts by the time of the start' }),
  kind: t.String({ description: 'restart, upgrade, deploy or bootstrap' }),
  parameters: t.Record(t.String(), t.Unknown()),
  cluster: t.String({ description: 'The target cluster; empty when the target is a list of hosts' }),
  strategy: Strategy,
  requested_by: t.String(),
  status: OperationStatus,
  reason: t.String({ description: 'Why it ended as failed; empty otherwise' }),
  started_at: t.String(),
  finished_at: t.String({ description: 'Empty while it runs' }),
  counts: t.Record(t.String(), t.Integer(), { description: 'Number of hosts per state' }),
});
export type Operation = Static<typeof Operation>;

/** An operation with its hosts, as resolved and frozen at the start, in order: what `GET /api/v0/operation/{id}` answers. */
export const OperationDetail = t.Object({ ...Operation.properties, results: t.Array(OperationHost) });
export type OperationDetail = Static<typeof OperationDetail>;

const finalStates: readonly HostState[] = ['succeeded', 'failed', 'unreachable', 'skipped', 'cancelled'];

export function isFinal(state: HostState): boolean {
  return finalStates.includes(state);
}

/** The states that use up the failure budget. */
export const failureStates: readonly HostState[] = ['failed', 'unreachable'];
