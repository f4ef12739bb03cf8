import { type Static, type TSchema, Type as t } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { mostNesting, nestingOf } from '../lib/nesting.ts';
import { isObject } from '../lib/objects.ts';
import { schemaFault } from '../lib/schema-fault.ts';
import { memberName } from '../lib/schema-form.ts';

/** The models of the original as it stores them (contract 2.2). Older versions left members out (contract 10.4, 11.7). */

const text = t.Optional(t.String());
const size = t.Optional(t.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }));
const addresses = t.Optional(t.Array(t.String()));
const options = t.Optional(t.Record(t.String(), t.Unknown()));

export const HostCredsRecord = t.Object({ address: text, ssh_priv_key: text, remote_user: text });
export type HostCredsRecord = Static<typeof HostCredsRecord>;

/** Version 0.0.1 kept the key and the user in the record of the host. */
export const HostRecord = t.Object({
  address: text,
  status: text,
  os: text,
  cpus: size,
  memory: size,
  space: size,
  last_check: text,
  source: text,
  ssh_priv_key: text,
  remote_user: text,
});
export type HostRecord = Static<typeof HostRecord>;

export const ClusterRecord = t.Object({ name: text, network: text, hostset: addresses, container_manager: text });
export type ClusterRecord = Static<typeof ClusterRecord>;

export const NetworkRecord = t.Object({ name: text, type: text, options });
export type NetworkRecord = Static<typeof NetworkRecord>;

export const ManagerRecord = t.Object({ name: text, type: text, options });
export type ManagerRecord = Static<typeof ManagerRecord>;

export const OperationRecord = t.Object({
  name: text,
  status: text,
  version: text,
  deployed: addresses,
  upgraded: addresses,
  restarted: addresses,
  in_process: addresses,
  started_at: text,
  finished_at: text,
});
export type OperationRecord = Static<typeof OperationRecord>;

/** A record, or what is wrong with it, in words that repeat no value: it may be a secret. */
export type Parsed<T> = { readonly record: T } | { readonly reason: string };

/** The record of a value; unknown members are left out, as in the original. */
export function parseRecord<S extends TSchema>(schema: S, value: string): Parsed<Static<S>> {
  if (nestingOf(value) > mostNesting) return { reason: 'it is nested too deeply' };
  let parsed: unknown;
  try {
    parsed = JSON.parse(value);
  } catch {
    return { reason: 'it is not JSON' };
  }
  if (!isObject(parsed)) return { reason: 'it is not a JSON object' };
  const known = Value.Clean(schema, parsed);
  if (Value.Check(schema, known)) return { record: known };
  const fault = schemaFault(schema, known);
  return { reason: `${memberName(fault?.pointer ?? '')} ${fault?.problem ?? 'is not as it must be'}` };
}
