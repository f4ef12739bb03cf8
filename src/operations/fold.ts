import type { HostOutcome, Intent, JournalEntry } from './entry.ts';
import type { Insight } from './insight.ts';
import { isFinal, type Operation, type OperationHost } from './operation.ts';
import { type StoredWaitingFor, waitingShownTo } from './waiting.ts';

/** A host in an operation as it is stored: what the API shows, and what resuming needs. */
export interface HostRecord extends OperationHost {
  /** The last thing begun on the host whose outcome is not known yet. */
  intent: Intent | null;
  /** Whether it ended and is still to be tidied up after. */
  untidy: boolean;
  /** The step that is under way, from the second one on. */
  step?: StepRecord;
  /** There while steps are undone. */
  undo?: UndoRecord;
  /**
   * SHA-256, in base64, of what is kept of its output. Not there before it has ended, where it printed nothing, and where two
   * servers had a hand in it.
   */
  output_digest?: string;
}

/** How far the steps of a host have come. */
export interface StepRecord {
  /** The first one is 0. */
  index: number;
  name: string;
  /** Of the steps before. */
  exit_code: number | null;
  /** Whether something has to be tidied up after the steps before. */
  untidy: boolean;
}

export interface UndoRecord {
  /** The step that is to be undone next. */
  step: number;
  /** The outcome of the host once that is done. */
  outcome: HostOutcome;
}

/** What was commanded of a running operation: kept with its record, and not shown. */
export interface Control {
  paused: boolean;
  promoted: boolean;
  cancel: 'no' | 'after_machines' | 'now';
  /** Failed and unreachable hosts that a resume took as known. */
  known: { failed: number; unreachable: number };
  /** Why it takes no more machines, once that is decided: it ends with that, whatever happens meanwhile. */
  stopped?: string;
}

/** An operation as it is stored: what the API shows, and what resuming needs. */
export interface OperationRecord extends Operation {
  waiting_for: StoredWaitingFor | null;
  control: Control;
  /** The lock by which a second request for the same is known. */
  identity: string;
  /**
   * Of a target that is an expression: the clusters its hosts were in at the start, with an empty name for hosts in none,
   * and for what is not known of an operation of the first builds.
   */
  clusters?: readonly string[];
  /**
   * Whether its HTTP gates go where the server may ask. False for operations of earlier builds, which did not ask that: they
   * keep their gates.
   */
  gates_checked: boolean;
}

export const newControl: Control = {
  paused: false,
  promoted: false,
  cancel: 'no',
  known: { failed: 0, unreachable: 0 },
};

/** The state of an operation: what its journal amounts to. */
export interface OperationState {
  operation: OperationRecord;
  /** In target order. */
  hosts: Map<string, HostRecord>;
}

/** Takes an entry into the state. Tells which host it touched, if one. */
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
      // Only a run that pauses at its limits counts anew: one that stops there counts over the whole run.
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
      // What is to be ended now cannot be taken back.
      return goingOn(operation, { cancel: entry.now || control.cancel === 'now' ? 'now' : 'after_machines' });
    case 'operation_ended': {
      const { status, reason, at, handshake_window } = entry;
      return { ...operation, status, reason, waiting_for: null, finished_at: at, handshake_window };
    }
    default:
      return operation;
  }
}

/** Paused comes before waiting: what it waits for does not matter before it is resumed. */
function goingOn(operation: OperationRecord, change: Partial<Control> = {}): OperationRecord {
  const control = { ...operation.control, ...change };
  const otherwise = operation.waiting_for === null ? 'in_process' : 'waiting';
  return { ...operation, control, status: control.paused ? 'paused' : otherwise };
}

type HostEntry = Extract<JournalEntry, { host: string }>;

function foldHost(host: HostRecord, entry: HostEntry): HostRecord {
  if (entry.type === 'host_tidied') return { ...host, untidy: false };
  // What a kind says of a host after its outcome, because it did not wait for something, changes the outcome no more.
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

/** What could not be undone is told with why the host ended. */
function withUndoFailure(
  outcome: HostOutcome,
  { name, error }: Pick<Extract<JournalEntry, { type: 'host_undone' }>, 'name' | 'error'>,
): HostOutcome {
  if (error === null) return outcome;
  const { code = error.code, message = '' } = outcome.error ?? {};
  const failure = `the step ${name} could not be undone: ${error.message}`;
  return { ...outcome, error: { code, message: message === '' ? failure : `${message}; ${failure}` } };
}

export function newHostRecord(address: string): HostRecord {
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
  };
}

/** What the API shows of a host. */
export function shownHost(record: HostRecord): OperationHost {
  const { intent: _, untidy: __, output_digest: ___, step: ____, undo: _____, ...host } = record;
  return host;
}

/** What the API shows of an operation to somebody; without an insight, all. */
export async function shownOperation(record: OperationRecord, insight: Insight | undefined): Promise<Operation> {
  const { control: _, identity: __, clusters: ___, gates_checked: ____, ...known } = record;
  const { status, reason, started_at, ...operation } = known;
  const { waiting_for: stored, finished_at, counts, handshake_window, ...asked } = operation;
  const waiting_for = stored && (await waitingShownTo(insight, stored));
  const progress = { status, waiting_for, reason, started_at, finished_at, counts };
  return { ...asked, ...progress, handshake_window };
}
