import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { type Verdict, verifyChain } from '../audit/chain.ts';
import type { AuditEntry } from '../audit/entry.ts';
import { auditEntries, auditHeads, type TrailHead } from '../audit/records.ts';
import { headOf, storedEntries, verifyStored } from '../audit/stored-trail.ts';
import { AppError, describeError } from '../lib/errors.ts';
import type { Reader } from '../store/contract.ts';
import { type DataPlace, dataPlace } from './data-place.ts';

/**
 * Verifies the audit trail of a data directory. A server may be running on it.
 *
 * @param noted a hash that one of its entries must have
 * @throws AppError `store_unusable`, `invalid_configuration`
 */
export async function verifyTrail(place: DataPlace, noted?: string): Promise<Verdict & { removed: number }> {
  await using store = await openTrail(place);
  return await verifyStored(store, noted);
}

/** The same for a file that `exportTrail` filled. @throws AppError `store_unusable` when it cannot be read */
export async function verifyExport(file: string, noted?: string): Promise<Verdict> {
  try {
    return await verifyChain(linesOf(file), { noted });
  } catch (cause) {
    throw new AppError('store_unusable', `cannot read the exported trail ${file}: ${describeError(cause)}`, {
      hint: 'name a file that `commissaire audit export` has filled',
      cause,
    });
  }
}

/**
 * Calls `each` with every entry, oldest first, until it returns false.
 *
 * @param since a timestamp or its beginning: skips earlier entries
 * @returns the end of the trail; undefined when it never had an entry
 * @throws AppError `store_unusable`, `invalid_configuration`
 */
export async function exportTrail(
  place: DataPlace,
  since: string | undefined,
  each: (entry: AuditEntry) => Promise<boolean>,
): Promise<TrailHead | undefined> {
  await using store = await openTrail(place);
  for await (const entry of storedEntries(store, since)) if (!(await each(entry))) break;
  return headOf(store);
}

async function openTrail(place: DataPlace): Promise<Reader & AsyncDisposable> {
  const { directory } = dataPlace(place);
  // Imported late, because this loads the store's native addon.
  const { openReadOnly } = await import('../store/read-only.ts');
  return openReadOnly(directory, [auditEntries, auditHeads]);
}

async function* linesOf(file: string): AsyncGenerator<unknown> {
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line !== '') yield parsed(line);
  }
}

/** Undefined for a line that is no JSON, and so no entry. */
function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
