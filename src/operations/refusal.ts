import type { AppError } from '../lib/errors.ts';
import type { Transaction } from '../store/contract.ts';
import { commandRecords, commandsOf, type Refusal } from './command.ts';

/** Refuses all commands to an operation, in the transaction of its end. */
export async function refuseAll(tx: Transaction, operation: string, error: AppError): Promise<void> {
  for await (const { key, value } of tx.list(commandRecords, commandsOf(operation))) {
    if (value.refused === undefined) await refuse(tx, key, error);
  }
}

/** Does nothing for a command that was withdrawn meanwhile. */
export async function refuse(tx: Transaction, key: string, { code, message, hint, details }: AppError): Promise<void> {
  const given = (await tx.get(commandRecords, key))?.value;
  if (given === undefined) return;
  const refused: Refusal = {
    code,
    message,
    ...(hint === undefined ? {} : { hint }),
    ...(details === undefined ? {} : { details }),
  };
  tx.put(commandRecords, key, { ...given, refused });
}
