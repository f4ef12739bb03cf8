import { Value } from '@sinclair/typebox/value';
import { AuditEntry } from './entry.ts';

/** The hash before the first entry of a trail. */
export const nothingBefore = '0'.repeat(64);

/** A place in the chain: an entry and its hash, or 0 and `nothingBefore`. */
export interface Place {
  readonly sequence: number;
  readonly hash: string;
}

/** SHA-256 over the entry without its own hash, in canonical JSON; it includes the hash of the previous entry. */
export function hashOf(entry: Readonly<Record<string, unknown>>): string {
  const { hash: _, ...hashed } = entry;
  return new Bun.CryptoHasher('sha256').update(canonical(hashed)).digest('hex');
}

/** JSON in the canonical form of RFC 8785: members sorted by name, no white space. All numbers here are integers. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`);
  return `{${members.join(',')}}`;
}

export type Verdict =
  | {
      readonly whole: true;
      readonly first: number;
      /** 0 and the place before the first entry when there is none. */
      readonly last: Place;
    }
  /** `sequence` is that of the first entry that was changed or is missing. */
  | { readonly whole: false; readonly sequence: number; readonly reason: string };

export interface VerifyOptions {
  /** The place before the first entry; by default taken from the first entry itself. */
  readonly from?: Place | undefined;
  /** Where the chain must end. */
  readonly to?: Place | undefined;
  /** A hash that was noted earlier: an entry must have it. */
  readonly noted?: string | undefined;
}

/** Verifies the entries in order, up to the first wrong one. The verdict says nothing about later entries. */
export async function verifyChain(
  entries: AsyncIterable<unknown> | Iterable<unknown>,
  { from, to, noted }: VerifyOptions = {},
): Promise<Verdict> {
  let last = from;
  let first: number | undefined;
  let seen = noted === undefined || noted === from?.hash;
  for await (const entry of entries) {
    const expected = last === undefined ? undefined : last.sequence + 1;
    if (!Value.Check(AuditEntry, entry)) {
      return broken(expected ?? 1, 'the entry is not one of an audit trail any more');
    }
    last ??= { sequence: entry.sequence - 1, hash: entry.previous };
    const fault = faultOf(entry, last);
    if (fault !== undefined) return fault;
    first ??= entry.sequence;
    last = { sequence: entry.sequence, hash: entry.hash };
    seen ||= entry.hash === noted;
  }
  const end = last ?? { sequence: 0, hash: nothingBefore };
  if (to !== undefined && end.sequence < to.sequence) {
    return broken(end.sequence + 1, `the entries from here to ${to.sequence} are missing at the end`);
  }
  if (to !== undefined && (end.sequence !== to.sequence || end.hash !== to.hash)) {
    return broken(to.sequence, 'it is not the entry that the trail ended with when it was written');
  }
  if (!seen) return broken(end.sequence, `up to here no entry has the noted hash ${noted}`);
  return { whole: true, first: first ?? end.sequence + 1, last: end };
}

function faultOf(entry: AuditEntry, before: Place): Verdict | undefined {
  const expected = before.sequence + 1;
  if (entry.sequence > expected)
    return broken(expected, `the entry is missing: after ${before.sequence} comes ${entry.sequence}`);
  if (entry.sequence < expected) return broken(expected, `in its place stands the entry ${entry.sequence}`);
  if (hashOf(entry) !== entry.hash) return broken(expected, 'the entry was changed: its hash is that of another text');
  if (entry.previous === before.hash) return undefined;
  return broken(expected, 'the entry does not follow on the one before: its hash of that one is another');
}

function broken(sequence: number, reason: string): Verdict {
  return { whole: false, sequence, reason };
}
