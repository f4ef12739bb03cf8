import { connect } from '../../client/connect.ts';
import type { SiteUsers } from '../../server/users.ts';

type Binding = SiteUsers['bindings'][number];

/** The role bindings that count, and whether those in the store of the server are among them. */
export interface KnownBindings {
  readonly bindings: readonly Binding[];
  readonly isComplete: boolean;
}

/** Asks the running server over its socket; without it, the configuration knows a part. */
export async function knownBindings({ bindings, socket }: SiteUsers): Promise<KnownBindings> {
  if (socket === undefined) return { bindings, isComplete: false };
  try {
    const client = connect({ endpoints: [`unix:${socket}`], retries: 0 });
    return { bindings: await client.roleBindings.list(), isComplete: true };
  } catch {
    return { bindings, isComplete: false };
  }
}

/** The roles of a user, once each. */
export function rolesOf(name: string, bindings: readonly Binding[], defaultRole: string | undefined): string[] {
  const bound = bindings.filter(({ subjects }) => subjects.includes(`user:${name}`)).map(({ role }) => role);
  if (bound.length > 0) return [...new Set(bound)];
  return defaultRole === undefined || defaultRole === 'none' ? [] : [defaultRole];
}

/** Whether the user may do everything everywhere. */
export function isAdministrator(name: string, bindings: readonly Binding[]): boolean {
  return bindings.some(
    ({ role, subjects, ...limits }) =>
      role === 'admin' &&
      subjects.includes(`user:${name}`) &&
      !('clusters' in limits || 'max_hosts' in limits || 'max_percent' in limits),
  );
}
