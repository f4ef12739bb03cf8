import type { HostOutcome, Intent, JournalEntry } from './entry.ts';
import type { Insight } from './insight.ts';
import { isFinal, isOngoing, type Operation, type OperationHost } from './operation.ts';
import { outcomeOf } from './outcome.ts';
import { type StoredWaitingFor, waitingShownTo } from './waiting.ts';

/** A host of an operation as it is stored: what the API shows, and what a resume needs. */
export interface HostRecord extends OperationHost {
  /** The last act that was started on the host and whose outcome is not known yet. */
  intent: Intent | null;
  /** Whether the host has ended and must still be tidied up. */
  untidy: boolean;
  /** The jump hosts that the host was reached through at the start. Absent when there were none. */
  jump_hosts?: readonly string[];
  /** The current step, from the second one on. */
  step?: StepRecord;
  /** Present while steps are undone. */
  undo?: UndoRecord;
  /**
   * SHA-256, in base64, of the stored output. Absent before the host has ended, when it printed nothing, and when two
   * servers worked on it.
   */
  output_digest?: string;
}

/** What the start of an operation fixes about a host, whatever changes in the inventory meanwhile. */
export type FixedAtStart = Pick<HostRecord, 'jump_hosts' | 'reboot_timeout'>;

/** How many steps of a host are done. */
export interface StepRecord {
  /** The first one is 0. */
  index: number;
  name: string;
  /** Exit code of the steps before. */
  exit_code: number | null;
  /** Whether the steps before left something to tidy up. */
  untidy: boolean;
}

export interface UndoRecord {
  /** The next step to undo. */
  step: number;
  /** The outcome of the host once all steps are undone. */
  outcome: HostOutcome;
}

/** The commands that a running operation has carried out: stored with its record, and not shown. */
export interface Control {
  paused: boolean;
  promoted: boolean;
  cancel: 'no' | 'after_machines' | 'now';
  /** Failed and unreachable hosts that a resume accepted. */
  known: { failed: number; unreachable: number };
  /**
   * Why the operation starts no more hosts, once that is decided. It ends with this reason, whatever happens meanwhile.
   */
  stopped?: string;
}

/** An operation as it is stored: what the API shows, and what a resume needs. */
export interface OperationRecord extends Omit<Operation, 'outcome' | 'cancelling'> {
  waiting_for: StoredWaitingFor | null;
  control: Control;
  /** The key of the lock that recognises a second request for the same operation. */
  identity: string;
  /**
   * For a target that is an expression: the clusters that its hosts were in at the start. An empty name stands for
   * hosts in no cluster, and for what is not known of an operation of the first builds.
   */
  clusters?: readonly string[];
  /**
   * Whether its HTTP gates were checked against the destinations that the server may ask. False for operations of
   * earlier builds, which did not check that: they keep their gates.
   */
  gates_checked: boolean;
}

export const newControl: Control = {
  paused: false,
  promoted: false,
  cancel: 'no',
  known: { failed: 0, unreachable: 0 },
};

/** The state of an operation: the result of folding its journal. */
export interface OperationState {
  operation: OperationRecord;
  /** In target order. */
  hosts: Map<string, HostRecord>;
}

/** Folds an entry into the state. Returns the host it changed, if there is one. */
export function fold(state: OperationState, entry: JournalEntry): string | undefined {
  state.operation = foldOperation(state.operation, entry);
  if (!('host' in entry)) return undefined;
  const before = state.hosts.get(entry.host);
  if (before === undefined) return undefined;
  const after = foldHost(before, entry);
  state.hosts.set(entry.host, after);
  if (before.state !== after.state) {
    const counts = { ...state.operation.counts };
    counts[before.state] = (counts[before.state] ?? 0) - 1;
    counts[after.state] = (counts[after.state] ?? 0) + 1;
    if (counts[before.state] === 0) delete counts[before.state];
    state.operation = { ...state.operation, counts };
  }
  return entry.host;
}

function foldOperation(operation: OperationRecord, entry: JournalEntry): OperationRecord {
  const { control, counts } = operation;
  switch (entry.type) {
    case 'paused':
      return goingOn({ ...operation, waiting_for: null, reason: entry.reason }, { paused: true });
    case 'resumed': {
      const known = { failed: counts.failed ?? 0, unreachable: counts.unreachable ?? 0 };
      // Only a run that pauses at its limits counts again from zero; a run that stops at them counts over the whole
      // run.
      const change = operation.strategy.on_failure === 'pause' ? { paused: false, known } : { paused: false };
      return goingOn({ ...operation, reason: '' }, change);
    }
    case 'waiting':
      return goingOn({ ...operation, waiting_for: entry.waiting_for });
    case 'waited':
      return goingOn({ ...operation, waiting_for: null });
    case 'promoted':
      return goingOn(operation, { promoted: true });
    case 'limit_reached':
      return { ...operation, control: { ...control, stopped: entry.reason } };
    case 'cancel_requested':
      // An immediate cancellation cannot be taken back.
      return goingOn(operation, { cancel: entry.now || control.cancel === 'now' ? 'now' : 'after_machines' });
    case 'operation_ended': {
      const { status, reason, at, handshake_window } = entry;
      return { ...operation, status, reason, waiting_for: null, finished_at: at, handshake_window };
    }
    default:
      return operation;
  }
}

/** `paused` comes before `waiting`: what a paused operation waits for does not matter until it is resumed. */
function goingOn(operation: OperationRecord, change: Partial<Control> = {}): OperationRecord {
  const control = { ...operation.control, ...change };
  const otherwise = operation.waiting_for === null ? 'in_process' : 'waiting';
  return { ...operation, control, status: control.paused ? 'paused' : otherwise };
}

type HostEntry = Extract<JournalEntry, { host: string }>;

function foldHost(host: HostRecord, entry: HostEntry): HostRecord {
  if (entry.type === 'host_tidied') return { ...host, untidy: false };
  // A kind may add entries after the outcome of a host because it did not wait for something. They do not change the
  // outcome.
  if (isFinal(host.state)) return host;
  switch (entry.type) {
    case 'host_started':
    case 'host_resumed':
      return {
        ...host,
        state: 'running',
        phase: 'connecting',
        attempts: host.attempts + 1,
        started_at: host.started_at === '' ? entry.at : host.started_at,
      };
    case 'host_phase':
      return { ...host, phase: entry.phase };
    case 'host_intent':
      return { ...host, intent: entry.intent };
    case 'host_step': {
      const { step: index, name, exit_code, untidy } = entry;
      return { ...host, intent: null, step: { index, name, exit_code, untidy } };
    }
    case 'host_undo':
      return { ...host, phase: 'undoing', undo: { step: entry.step, outcome: entry.outcome } };
    case 'host_undone': {
      if (host.undo === undefined) return host;
      return { ...host, undo: { step: entry.step - 1, outcome: withUndoFailure(host.undo.outcome, entry) } };
    }
    case 'host_ended': {
      const { phase: _, undo: __, ...rest } = host;
      const { state, exit_code, error, at, untidy } = entry;
      return { ...rest, state, exit_code, error, finished_at: at, intent: null, untidy };
    }
  }
}

/** Adds the failure to undo a step to the error that the host ended with. */
function withUndoFailure(
  outcome: HostOutcome,
  { name, error }: Pick<Extract<JournalEntry, { type: 'host_undone' }>, 'name' | 'error'>,
): HostOutcome {
  if (error === null) return outcome;
  const { code = error.code, message = '' } = outcome.error ?? {};
  const failure = `the step ${name} could not be undone: ${error.message}`;
  return { ...outcome, error: { code, message: message === '' ? failure : `${message}; ${failure}` } };
}

/** A host that was not started yet, with what the start fixed about it. */
export function newHostRecord(address: string, fixed: FixedAtStart = {}): HostRecord {
  return {
    address,
    state: 'pending',
    attempts: 0,
    exit_code: null,
    error: null,
    started_at: '',
    finished_at: '',
    output_bytes: 0,
    intent: null,
    untidy: false,
    ...fixed,
  };
}

/** The jump hosts of those hosts of the operation that have some. */
export function jumpHostsIn({ hosts }: Pick<OperationState, 'hosts'>): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  for (const { address, jump_hosts } of hosts.values()) if (jump_hosts !== undefined) found.set(address, jump_hosts);
  return found;
}

/** The members of a host that the API shows. */
export function shownHost(record: HostRecord): OperationHost {
  const { intent: _, untidy: __, output_digest: ___, step: ____, undo: _____, jump_hosts: ______, ...host } = record;
  return host;
}

/** The members of an operation that the API shows to a caller; without an insight, all hosts and operations in it. */
export async function shownOperation(record: OperationRecord, insight: Insight | undefined): Promise<Operation> {
  const { control, identity: _, clusters: __, gates_checked: ___, ...known } = record;
  const { status, reason, started_at, ...operation } = known;
  const { waiting_for: stored, finished_at, counts, handshake_window, ...asked } = operation;
  const waiting_for = stored && (await waitingShownTo(insight, stored, record));
  const outcome = outcomeOf(record);
  const cancelling = isOngoing(status) && control.cancel !== 'no' && control.stopped === undefined;
  const progress = { status, outcome, cancelling, waiting_for, reason, started_at, finished_at, counts };
  return { ...asked, ...progress, handshake_window };
}
