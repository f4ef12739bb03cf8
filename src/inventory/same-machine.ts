import { type Static, Type as t } from '@sinclair/typebox';
import type { Reader, Transaction } from '../store/contract.ts';
import { hostIdentityRecords } from './collections.ts';
import type { Host } from './host.ts';

/**
 * One machine may be registered as several hosts: by its address and by its DNS name, or by two addresses. Its host key
 * and its machine id tell. Both are copied with the image of a machine, so this is said, and never refused.
 */

const kinds = ['host_key', 'machine_id'] as const;
type Kind = (typeof kinds)[number];

/** Another host that may be the same machine, and what both have in common. */
export const SameMachine = t.Object({
  address: t.String(),
  by: t.Array(t.Union([t.Literal('host_key'), t.Literal('machine_id')])),
});
export type SameMachine = Static<typeof SameMachine>;

/** The part of the facts that identifies a machine. */
export type Identities = Pick<Host['facts'], Kind>;

/** A machine may be cloned very many times. */
const mostNamed = 10;

/** Other values come from an imported record, and say nothing. */
const forms: Readonly<Record<Kind, RegExp>> = {
  host_key: /^SHA256:[A-Za-z0-9+/]{43}$/,
  machine_id: /^[0-9a-f]{32}$/,
};

/** Writes by which identities a host is found. Returns whether it has one that it did not have before. */
export function indexIdentities(
  tx: Pick<Transaction, 'put' | 'delete'>,
  address: string,
  { before, after }: { before: Identities; after: Identities },
): boolean {
  let isNew = false;
  for (const kind of kinds) {
    const [old, now] = [prefixOf(kind, before[kind]), prefixOf(kind, after[kind])];
    if (old === now) continue;
    if (old !== undefined) tx.delete(hostIdentityRecords, old + address);
    if (now === undefined) continue;
    tx.put(hostIdentityRecords, now + address, { address });
    isNew = true;
  }
  return isNew;
}

/** The other hosts with one of the identities, at most ten for each identity. */
export async function sameMachineAs(
  reader: Pick<Reader, 'list'>,
  address: string,
  identities: Identities,
): Promise<SameMachine[]> {
  const found = new Map<string, Kind[]>();
  for (const kind of kinds) {
    const prefix = prefixOf(kind, identities[kind]);
    if (prefix === undefined) continue;
    for await (const { value } of reader.list(hostIdentityRecords, { prefix, limit: mostNamed + 1 })) {
      if (value.address !== address) found.set(value.address, [...(found.get(value.address) ?? []), kind]);
    }
  }
  return Array.from(found, ([other, by]) => ({ address: other, by })).slice(0, mostNamed);
}

function prefixOf(kind: Kind, value = ''): string | undefined {
  return forms[kind].test(value) ? `${kind}/${value}/` : undefined;
}
