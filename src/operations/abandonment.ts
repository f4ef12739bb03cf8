import { conclude } from './conclusion.ts';
import { hostEnded, notStarted } from './host-endings.ts';
import type { Journal } from './journal.ts';
import type { Taking } from './taking.ts';

/** Ends an operation that this server cannot continue. The outcome of hosts in flight stays unknown. */
export function abandon(journal: Journal, taking: Taking, reason: string): Promise<void> {
  const unknown = { code: 'outcome_unknown', message: `not judged: ${reason}` };
  const outcomes = () => {
    const hosts = [...journal.state.hosts.values()];
    const running = hosts.filter(({ state }) => state === 'running');
    const untouched = hosts.filter(({ state }) => state === 'pending');
    return [
      ...running.map(({ address }) => hostEnded(address, { state: 'failed', exit_code: null, error: unknown })),
      ...untouched.map(({ address }) => notStarted(address, reason)),
    ];
  };
  const end = { type: 'operation_ended', status: 'failed', reason, handshake_window: null } as const;
  return conclude(journal, taking, { decision: [], outcomes, end });
}
