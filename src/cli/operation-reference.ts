import { AppError } from '../lib/errors.ts';
import type { Context } from './context.ts';
import { UsageError } from './usage-error.ts';

/** The argument of commands about an operation. */
export const operationArgument = {
  summary: 'which operation: its number, `last`, `last:KIND`, or its id',
  completes: 'operation',
} as const;

/**
 * The id of the operation that an argument names: by its id, by its number with or without `#`, or as the newest one
 * that the caller may see, of a kind or of all that are not automatic.
 *
 * @throws AppError `operation_not_found`
 */
export async function idOfOperation({ connect }: Pick<Context, 'connect'>, reference: string): Promise<string> {
  const where = conditionsOf(reference);
  if (where === undefined) return reference;
  const { operations } = await connect();
  const [found] = (await operations.page({ where, limit: 1 })).records;
  if (found !== undefined) return found.id;
  throw new AppError('operation_not_found', missing(reference), {
    hint: 'list the operations with `commctl operation list --all`',
  });
}

/** Undefined for an id. */
function conditionsOf(reference: string): Record<string, string> | undefined {
  const [, digits] = /^#?0*(\d{1,12})$/.exec(reference) ?? [];
  if (digits !== undefined) return { number: digits };
  if (reference === 'last') return { automatic: 'false' };
  if (!reference.startsWith('last:')) return undefined;
  const kind = reference.slice('last:'.length);
  if (/^[a-z][a-z_-]*$/.test(kind)) return { kind };
  throw new UsageError(`"${reference}" names no kind of operation`, {
    hint: 'write it as last:KIND, such as last:exec',
  });
}

function missing(reference: string): string {
  if (reference === 'last') return 'there is no operation yet that you may see';
  if (reference.startsWith('last:')) return `there is no ${reference.slice('last:'.length)} yet that you may see`;
  return `there is no operation ${reference.startsWith('#') ? reference : `#${reference}`} that you may see`;
}
