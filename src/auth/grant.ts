import type { Limits } from './limits.ts';
import type { Permission } from './permissions.ts';

/** The permissions of a role, with their limits. */
export interface Grant extends Limits {
  /** The role it comes from. */
  readonly role: string;
  readonly permissions: ReadonlySet<Permission>;
}
