import { Access } from './access.ts';
import type { Grant } from './grant.ts';
import type { Permission } from './permissions.ts';
import { grantOf, grantsOfUnbound, type Rules } from './rules.ts';

/** A permission that a subject gains by a change. */
export interface Widening {
  readonly subject: string;
  readonly permission: Permission;
  /** The role that allows it. */
  readonly role: string;
  /** `unbound`: no binding is left for the subject, so that it has the default role. */
  readonly because: 'bound' | 'unbound';
}

/**
 * Finds a permission that a change of roles and bindings gives a subject, and that neither the subject had before nor
 * the giver has; undefined when there is none. Single subjects are compared: a caller with several has at least what
 * each of them has.
 */
export function wideningBetween(before: Rules, after: Rules, giver: Access): Widening | undefined {
  const had = grantsBySubject(before);
  const has = grantsBySubject(after);
  const beyondGiver = remembered((grant) => partsOf(grant).filter(({ part }) => !giver.contains([part])));
  const found = (subject: string, grants: readonly Grant[], because: Widening['because']): Widening | undefined => {
    const beyond = grants.flatMap(beyondGiver);
    if (beyond.length === 0) return undefined;
    const own = new Access(had.get(subject) ?? []);
    const first = beyond.find(({ part }) => !own.contains([part]));
    return first && { subject, permission: first.permission, role: first.part.role, because };
  };
  for (const [subject, grants] of has) {
    const widening = found(subject, grants, 'bound');
    if (widening !== undefined) return widening;
  }
  // The authenticator of a caller with such a subject is not known: assume the one that gives most.
  const unbound = grantsOfUnbound(after, { isTrusted: true });
  for (const subject of had.keys()) {
    const widening = has.has(subject) ? undefined : found(subject, unbound, 'unbound');
    if (widening !== undefined) return widening;
  }
  return undefined;
}

/** The grants of every subject of a binding; none where the role of the binding does not exist. */
function grantsBySubject({ bindings, roles }: Rules): ReadonlyMap<string, readonly Grant[]> {
  const found = new Map<string, Grant[]>();
  for (const binding of bindings.values()) {
    const grants = grantOf(binding, roles) ?? [];
    for (const subject of binding.subjects) found.set(subject, [...(found.get(subject) ?? []), ...grants]);
  }
  return found;
}

interface Part {
  readonly permission: Permission;
  readonly part: Grant;
}

/** One grant per permission. Together they allow the same as the grant: no check needs two permissions at once. */
function partsOf(grant: Grant): readonly Part[] {
  return [...grant.permissions].map((permission) => ({
    permission,
    part: { ...grant, permissions: new Set([permission]) },
  }));
}

function remembered<T>(make: (grant: Grant) => T): (grant: Grant) => T {
  const made = new Map<Grant, T>();
  return (grant) => {
    const known = made.get(grant) ?? make(grant);
    made.set(grant, known);
    return known;
  };
}
