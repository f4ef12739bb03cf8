import { type Static, type TProperties, Type as t } from '@sinclair/typebox';
import { HandshakeWindow } from './handshake-window.ts';
import { HostError, Phase, WaitingFor } from './operation.ts';
import type { StoredWaitingFor } from './waiting.ts';

/**
 * An act that is about to be done on a host, with the data to judge later whether it was done. Each kind has its own
 * intents, distinguished by `act`.
 */
export interface Intent {
  act: string;
  [member: string]: unknown;
}
const Intent = t.Unsafe<Intent>(t.Object({ act: t.String() }, { additionalProperties: true }));

const HostOutcome = t.Object({
  state: t.Union([
    t.Literal('succeeded'),
    t.Literal('failed'),
    t.Literal('unreachable'),
    t.Literal('skipped'),
    t.Literal('cancelled'),
  ]),
  exit_code: t.Union([t.Integer(), t.Null()]),
  error: t.Union([HostError, t.Null()]),
});
/** How work on a host ended. */
export type HostOutcome = Static<typeof HostOutcome>;

const entry = <const Type extends string, Members extends TProperties>(type: Type, members: Members) =>
  t.Object({ at: t.String({ description: 'Contract timestamp' }), type: t.Literal(type), ...members });

const host = t.String();
const by = t.String();

/** One line of an operation's journal: a decision of the engine, an intent, or an outcome. Append-only. */
export const JournalEntry = t.Union([
  entry('operation_started', {}),
  entry('operation_resumed', {}),
  entry('batch_opened', { batch: t.Integer(), hosts: t.Array(t.String()) }),
  entry('limit_reached', { reason: t.String() }),
  entry('paused', { by, reason: t.String() }),
  /** Accepts the failures so far: the limits of a run that pauses at them count from here. */
  entry('resumed', { by }),
  entry('waiting', { waiting_for: t.Unsafe<StoredWaitingFor>(WaitingFor) }),
  entry('waited', {}),
  entry('promoted', { by }),
  entry('cancel_requested', {
    by,
    now: t.Boolean({ description: 'The machines in flight are not to be finished but ended' }),
  }),
  entry('host_started', { host }),
  entry('host_resumed', { host }),
  entry('host_phase', { host, phase: Phase }),
  entry('host_intent', { host, intent: Intent }),
  /** The previous step is done. */
  entry('host_step', {
    host,
    step: t.Integer({ minimum: 1, description: 'The first one is 0, and has no entry' }),
    name: t.String(),
    exit_code: t.Union([t.Integer(), t.Null()], { description: 'Of the steps before' }),
    untidy: t.Boolean({ description: 'Something has to be tidied up on the host after the steps before' }),
  }),
  /** The steps are undone, from this one back. Then the host ends with the outcome. */
  entry('host_undo', { host, step: t.Integer(), name: t.String(), outcome: HostOutcome }),
  entry('host_undone', { host, step: t.Integer(), name: t.String(), error: t.Union([HostError, t.Null()]) }),
  entry('host_ended', {
    host,
    untidy: t.Boolean({ description: 'Something has to be tidied up on the host that the outcome came from' }),
    down: t.Optional(
      t.Union([t.Literal('unreachable'), t.Literal('unhealthy'), t.Null()], {
        description: 'How it was left; null when it had been left so, and is not any more',
      }),
    ),
    ...HostOutcome.properties,
  }),
  entry('host_tidied', { host }),
  entry('operation_ended', {
    status: t.Union([t.Literal('finished'), t.Literal('failed'), t.Literal('cancelled')]),
    reason: t.String(),
    handshake_window: t.Union([HandshakeWindow, t.Null()]),
  }),
]);
export type JournalEntry = Static<typeof JournalEntry>;

/** An entry before the journal puts the time on it. */
export type NewEntry = JournalEntry extends infer Entry ? (Entry extends unknown ? Omit<Entry, 'at'> : never) : never;
