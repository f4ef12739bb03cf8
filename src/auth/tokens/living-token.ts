import { parseTimestamp } from '../../lib/clock.ts';
import { AppError } from '../../lib/errors.ts';
import type { Reader } from '../../store/contract.ts';
import { expiredAt } from '../expired-at.ts';
import { type TokenRecord, tokenRecords } from './token.ts';

/**
 * The token, if it is valid: neither expired nor revoked, and no token in its lineage revoked.
 *
 * @throws AppError `credentials_refused` with the reason as its message
 */
export async function livingToken(reader: Reader, id: string, now: Date): Promise<TokenRecord> {
  const record = (await reader.get(tokenRecords, id))?.value;
  if (record === undefined) throw ended('is not known (any more)');
  if (record.revoked_at !== '') throw ended('was revoked');
  const end = parseTimestamp(record.expires_at);
  if (end <= now.getTime()) throw ended(expiredAt(end));
  for (const ancestor of record.lineage) {
    const found = (await reader.get(tokenRecords, ancestor))?.value;
    if (found === undefined || found.revoked_at !== '') throw ended('was minted with one that was revoked');
  }
  return record;
}

/** When the token, or the first one in its lineage, was revoked; empty when none was. */
export function revokedAt({ lineage, revoked_at }: TokenRecord, byId: ReadonlyMap<string, TokenRecord>): string {
  const ends = [revoked_at, ...lineage.map((id) => byId.get(id)?.revoked_at ?? '')].filter((at) => at !== '');
  return ends.toSorted()[0] ?? '';
}

function ended(how: string): AppError {
  return new AppError('credentials_refused', `the token ${how}`, { hint: 'log in again, or ask for another token' });
}
