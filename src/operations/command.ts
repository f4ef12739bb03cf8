import type { ProblemCode } from '../lib/problems.ts';
import { logRecords } from '../store/contract.ts';

/** A command to an operation that has not ended. */
export type Command = { by: string } & (
  | { act: 'pause' | 'resume' | 'promote' }
  | { act: 'cancel'; now: boolean }
  | { act: 'skip'; host: string }
);

/** Why a command was not carried out, as the members of an `AppError`. */
export interface Refusal {
  code: ProblemCode;
  message: string;
  hint?: string;
  details?: Record<string, unknown>;
}

export interface GivenCommand {
  command: Command;
  /** Contract timestamp. */
  at: string;
  /** The owner of the operation writes this for the server that gave the command, which then removes the record. */
  refused?: Refusal;
}

/**
 * By `id/command`, in the order in which they were given: the commands that the owner of an operation, on whichever
 * server, has not carried out. The owner removes each one in the transaction that carries it out.
 */
export const commandRecords = logRecords<GivenCommand>('operation-commands');

export const commandKey = (id: string, command: string) => `${id}/${command}`;
/** The operation that a command is for. */
export const operationOf = (key: string) => key.slice(0, key.indexOf('/'));
export const commandsOf = (id: string) => ({ prefix: `${id}/` });
