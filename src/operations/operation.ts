import { type Static, Type as t } from '@sinclair/typebox';
import { longestError } from '../inventory/host.ts';
import { HandshakeWindow } from './handshake-window.ts';
import { Strategy } from './strategy.ts';

const literals = <const T extends string[]>(...values: T) =>
  t.Union(values.map((value) => t.Literal(value as T[number])));

/**
 * The first three are not final: `paused` until a caller resumes it, `waiting` for what `waiting_for` says. `failed`
 * means that a limit of the strategy was reached.
 */
export const OperationStatus = literals('in_process', 'paused', 'waiting', 'finished', 'failed', 'cancelled');
export type OperationStatus = Static<typeof OperationStatus>;

/**
 * How an operation ended, by what became of its hosts: all succeeded or were left out; some did not; none did, or it
 * stopped before the others; it was cancelled; all were left out.
 */
export const OperationOutcome = literals('succeeded', 'with_failures', 'failed', 'cancelled', 'skipped');
export type OperationOutcome = Static<typeof OperationOutcome>;

export function isOngoing(status: OperationStatus): boolean {
  return status === 'in_process' || status === 'paused' || status === 'waiting';
}

/** What an operation waits for before it takes the next machine. */
export const WaitingFor = t.Object({
  what: literals('window', 'lock', 'budget', 'promotion', 'pause_between', 'disk'),
  detail: t.String({ description: 'For whom or until when' }),
});
export type WaitingFor = Static<typeof WaitingFor>;

export const HostState = literals('pending', 'running', 'succeeded', 'failed', 'unreachable', 'skipped', 'cancelled');
export type HostState = Static<typeof HostState>;

/** What a running host is doing. */
export const Phase = literals('connecting', 'draining', 'acting', 'rebooting', 'gating', 'undoing');
export type Phase = Static<typeof Phase>;

/** Why a host did not succeed: a code of `docs/errors.md`, and the text a person reads. */
export const HostError = t.Object({ code: t.String(), message: t.String({ maxLength: longestError }) });
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
  output_bytes: t.Integer({ description: 'Bytes that it printed' }),
  reboot_timeout: t.Optional(
    t.Integer({ description: 'Seconds that it may take to come back from a reboot, when the kind may reboot it' }),
  ),
  log_bytes: t.Optional(t.Integer({ description: 'Bytes of them that were kept, when not all were: the first ones' })),
  log_removed_at: t.Optional(t.String({ description: 'Contract timestamp, when its log was removed to make room' })),
});
export type OperationHost = Static<typeof OperationHost>;

/** One operation over many hosts. The store keeps all but `outcome` and `cancelling`, beside its journal. */
export const Operation = t.Object({
  id: t.String({ description: 'Sorts by the time of the start' }),
  number: t.Integer({
    minimum: 1,
    description: 'A short name, counted per site and never given again; it may stand for the id in every path',
  }),
  kind: t.String({ description: 'Such as restart, upgrade, deploy or exec' }),
  parameters: t.Record(t.String(), t.Unknown()),
  cluster: t.String({ description: 'The target cluster; empty when the target is an expression' }),
  target: t.String({ description: 'The target as it was asked for' }),
  strategy: Strategy,
  requested_by: t.String(),
  automatic: t.Boolean({ description: 'Whether the server started it by itself, as it does for a new host' }),
  status: OperationStatus,
  outcome: t.Union([OperationOutcome, t.Null()], {
    description:
      'Null while it runs. with_failures: some hosts succeeded, others failed or were unreachable; failed: it stopped early, or no host succeeded; skipped: every host was skipped, so nothing was done',
  }),
  cancelling: t.Boolean({ description: 'Whether it was cancelled and hosts in flight are still being completed' }),
  waiting_for: t.Union([WaitingFor, t.Null()]),
  reason: t.String({ description: 'Why it is paused, failed, was cancelled or did nothing; empty otherwise' }),
  started_at: t.String(),
  finished_at: t.String({ description: 'Empty while it runs' }),
  counts: t.Record(t.String(), t.Integer(), { description: 'Number of hosts per state' }),
  handshake_window: t.Union([HandshakeWindow, t.Null()], {
    description: 'Null while it has not reached for a host yet',
  }),
});
export type Operation = Static<typeof Operation>;

/** An operation with its hosts, as resolved and frozen at the start, in order: what `GET /api/v0/operation/{id}` answers. */
export const OperationDetail = t.Object({ ...Operation.properties, results: t.Array(OperationHost) });
export type OperationDetail = Static<typeof OperationDetail>;

const finalStates: readonly HostState[] = ['succeeded', 'failed', 'unreachable', 'skipped', 'cancelled'];

export function isFinal(state: HostState): boolean {
  return finalStates.includes(state);
}
