import type { HookCommand } from '../config/hooks.ts';
import { Deadline } from '../lib/deadline.ts';
import { describeError, systemErrorCode } from '../lib/errors.ts';
import { systemReason } from '../lib/system-reason.ts';
import type { StoredEvent } from '../store/contract.ts';
import type { Delivery, Outcome } from './delivery.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Runs a command for an event: no shell, the event as JSON on stdin, its parts in the environment. Exit code 0 means
 * success. At the deadline, and when the server stops, the command is killed with everything in its process group.
 */
export function commandDelivery(
  { argv, deadline }: HookCommand & { deadline: number },
  environment: Environment,
): Delivery {
  return async (event, signal) => {
    signal.throwIfAborted();
    const started = start(argv, event, environment);
    if ('reason' in started) return { kind: 'failed', reason: started.reason, mayHelpToRetry: true };
    const { child } = started;
    using limit = new Deadline(deadline * 1000, () => new Error(`it took more than ${deadline} s`), signal);
    const kill = () => killGroup(child.pid);
    limit.signal.addEventListener('abort', kill, { once: true });
    const code = await child.exited;
    limit.signal.removeEventListener('abort', kill);
    signal.throwIfAborted();
    return limit.signal.aborted ? failed(describeError(limit.signal.reason)) : outcomeOf(code, child.signalCode);
  };
}

type Started = { child: Bun.Subprocess } | { reason: string };

function start(argv: readonly string[], event: StoredEvent, environment: Environment): Started {
  try {
    const child = Bun.spawn([...argv], {
      env: { ...inherited(environment), ...variablesOf(event) },
      stdin: new TextEncoder().encode(`${JSON.stringify(event)}\n`),
      stdout: 'ignore',
      stderr: 'ignore',
      // A process group of its own, so that all of it can be killed.
      detached: true,
    });
    return { child };
  } catch (error) {
    return { reason: `it cannot be run: ${systemReason(error)}` };
  }
}

function variablesOf({ type, action, key, sequence }: StoredEvent): Record<string, string> {
  return {
    COMMISSAIRE_EVENT_TYPE: type,
    COMMISSAIRE_EVENT_ACTION: action,
    COMMISSAIRE_EVENT_KEY: key,
    COMMISSAIRE_EVENT_SEQUENCE: String(sequence),
  };
}

/** Without the server's own options, which can contain the users that may log in. */
function inherited(environment: Environment): Environment {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith('COMMISSAIRE_')));
}

function outcomeOf(code: number, signal: Bun.Subprocess['signalCode']): Outcome {
  if (signal !== null) return failed(`it was killed by ${signal}`);
  return code === 0 ? { kind: 'done' } : failed(`it exited with ${code}`);
}

function failed(reason: string): Outcome {
  return { kind: 'failed', reason, mayHelpToRetry: true };
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    // The process group ended by itself meanwhile.
    if (systemErrorCode(error) !== 'ESRCH') throw error;
  }
}
