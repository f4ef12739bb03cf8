import type { Limits } from './limits.ts';
import type { Permission } from './permissions.ts';

/** What somebody may do, and how far. */
export interface Grant extends Limits {
  /** The role it comes from. */
  readonly role: string;
  readonly permissions: ReadonlySet<Permission>;
}
