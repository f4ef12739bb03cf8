import { AppError } from '../lib/errors.ts';
import type { Command } from './command.ts';
import type { NewEntry } from './entry.ts';
import type { OperationState } from './fold.ts';
import { hostEnded } from './host-endings.ts';
import { operationEnded } from './operation-ended.ts';

/**
 * The journal entries that a command adds to an operation: none where the operation is already in that state.
 *
 * @throws AppError `operation_ended`, `host_not_found`; `host_taken` for a machine to be skipped that is not pending any more
 */
export function entriesOf(command: Command, { operation, hosts }: OperationState): NewEntry[] {
  // The end of the operation may not be on disk yet.
  if (operation.finished_at !== '') throw operationEnded(operation);
  const { act, by } = command;
  const { paused } = operation.control;
  switch (act) {
    case 'pause':
      return paused ? [] : [{ type: 'paused', by, reason: `paused by ${by}` }];
    case 'resume':
      return paused ? [{ type: 'resumed', by }] : [];
    case 'promote':
      return [{ type: 'promoted', by }];
    case 'cancel':
      return [{ type: 'cancel_requested', by, now: command.now }];
    case 'skip':
      return [skipped(command.host, by, hosts)];
  }
}

function skipped(address: string, by: string, hosts: OperationState['hosts']): NewEntry {
  const host = hosts.get(address);
  if (host === undefined) throw new AppError('host_not_found', `the operation has no host ${address}`);
  if (host.state !== 'pending') {
    throw new AppError('host_taken', `${address} cannot be skipped: it is ${host.state} already`);
  }
  const error = { code: 'not_started', message: `skipped by ${by}` };
  return hostEnded(address, { state: 'skipped', exit_code: null, error });
}
