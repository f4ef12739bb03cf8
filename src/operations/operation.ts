import { type Static, Type as t } from '@sinclair/typebox';
import { longestError } from '../inventory/host.ts';
import { choices } from '../lib/choices.ts';
import { HandshakeWindow } from './handshake-window.ts';
import { Strategy } from './strategy.ts';

/**
 * The first three are not final: `paused` until a caller resumes it, `waiting` for what `waiting_for` says. `failed`
 * means that a limit of the strategy was reached.
 */
export const OperationStatus = choices({
  in_process: 'It works on hosts',
  paused: 'It starts no more hosts until it is resumed; `reason` says why',
  waiting: 'It waits for what `waiting_for` says, and then goes on by itself',
  finished: 'It has gone over its hosts; `outcome` says how they ended',
  failed: 'It stopped at a limit of the strategy, or at its run_timeout',
  cancelled: 'It was cancelled',
});
export type OperationStatus = Static<typeof OperationStatus>;

/**
 * How an operation ended, by what became of its hosts: all succeeded or were left out; some did not; none did, or it
 * stopped before the others; it was cancelled; all were left out.
 */
export const OperationOutcome = choices({
  succeeded: 'Every host succeeded; some may have been skipped',
  with_failures: 'It is finished: some hosts succeeded, others failed or were unreachable',
  failed: 'It stopped early, or no host succeeded',
  cancelled: 'It was cancelled',
  skipped: 'Every host was skipped, so nothing was done; `reason` says why',
});
export type OperationOutcome = Static<typeof OperationOutcome>;

export function isOngoing(status: OperationStatus): boolean {
  return status === 'in_process' || status === 'paused' || status === 'waiting';
}

/** What an operation waits for before it takes the next machine. */
export const WaitingFor = t.Object({
  what: choices(
    {
      window: 'For the hours of its window',
      lock: 'For hosts that another operation has',
      budget: 'For a budget that lets no more hosts be down',
      promotion: 'For `promote`, after its first batch',
      pause_between: 'For the pause between two batches',
      disk: 'For space on the disk of the server',
    },
    { description: 'What it waits for' },
  ),
  detail: t.String({ description: 'For whom or until when' }),
});
export type WaitingFor = Static<typeof WaitingFor>;

export const HostState = choices({
  pending: 'The operation has not started it',
  running: 'The operation works on it; `phase` says what it does',
  succeeded: 'Done',
  failed: 'The work on it failed; `error` says why, `exit_code` how the command ended',
  unreachable: 'The server could not reach it, or lost it before the work began',
  skipped: 'The operation does not apply to it; `error` says why',
  cancelled: 'The operation stopped before it started the host, or what ran on the host was ended',
});
export type HostState = Static<typeof HostState>;

/** What a running host is doing. */
export const Phase = choices({
  connecting: 'The server connects to it',
  draining: 'Its node gives up its work',
  acting: 'The command or the copy runs',
  rebooting: 'It reboots',
  gating: 'The gates are asked',
  undoing: 'The steps that were done are undone',
});
export type Phase = Static<typeof Phase>;

/** Why a host did not succeed: a code of `docs/errors.md`, and the text a person reads. */
export const HostError = t.Object({
  code: t.String({ description: 'Code of the error, such as command_failed; `commctl explain CODE` explains it' }),
  message: t.String({ maxLength: longestError, description: 'What went wrong, and what to do' }),
});
export type HostError = Static<typeof HostError>;

/** One host in an operation. */
export const OperationHost = t.Object({
  address: t.String({ description: 'Address of the host' }),
  state: t.Unsafe<HostState>({ ...HostState, description: 'How far the operation is with it, or how it ended' }),
  phase: t.Optional(t.Unsafe<Phase>({ ...Phase, description: 'What it is doing, while it is running' })),
  attempts: t.Integer({ description: 'How often work on the host was begun or taken up again' }),
  exit_code: t.Union([t.Integer(), t.Null()], { description: 'Of the command that was run, once it ended' }),
  error: t.Union([HostError, t.Null()], { description: 'Why it did not succeed' }),
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
  parameters: t.Record(t.String(), t.Unknown(), { description: 'Parameters of the kind: its input' }),
  cluster: t.String({ description: 'The target cluster; empty when the target is an expression' }),
  target: t.String({ description: 'The target as it was asked for' }),
  strategy: t.Unsafe<Strategy>({ ...Strategy, description: 'How it goes over its hosts' }),
  requested_by: t.String({ description: 'The caller that started it' }),
  automatic: t.Boolean({ description: 'Whether the server started it by itself, as it does for a new host' }),
  status: t.Unsafe<OperationStatus>({ ...OperationStatus, description: 'Whether it works, waits or has ended' }),
  outcome: t.Union([OperationOutcome, t.Null()], {
    description:
      'Null while it runs. with_failures: some hosts succeeded, others failed or were unreachable; failed: it stopped early, or no host succeeded; skipped: every host was skipped, so nothing was done',
  }),
  cancelling: t.Boolean({ description: 'Whether it was cancelled and hosts in flight are still being completed' }),
  waiting_for: t.Union([WaitingFor, t.Null()], { description: 'What it waits for, while it is waiting' }),
  reason: t.String({ description: 'Why it is paused, failed, was cancelled or did nothing; empty otherwise' }),
  started_at: t.String({ description: 'When it was started' }),
  finished_at: t.String({ description: 'When it ended; empty while it runs' }),
  counts: t.Record(t.String(), t.Integer(), { description: 'Number of hosts per state' }),
  handshake_window: t.Union([HandshakeWindow, t.Null()], {
    description: 'Null while it has not reached for a host yet',
  }),
});
export type Operation = Static<typeof Operation>;

/** An operation with its hosts, as resolved and frozen at the start, in order: what `GET /api/v0/operation/{id}` answers. */
export const OperationDetail = t.Object({
  ...Operation.properties,
  results: t.Array(OperationHost, { description: 'Its hosts, in the order of the target' }),
});
export type OperationDetail = Static<typeof OperationDetail>;

const finalStates: readonly HostState[] = ['succeeded', 'failed', 'unreachable', 'skipped', 'cancelled'];

export function isFinal(state: HostState): boolean {
  return finalStates.includes(state);
}
