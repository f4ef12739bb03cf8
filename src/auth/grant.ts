import type { Permission } from './permissions.ts';

/** What somebody may do, and how far. */
export interface Grant {
  /** The role it comes from. */
  readonly role: string;
  readonly permissions: ReadonlySet<Permission>;
  /** Names of clusters, with `*` for any letters: it holds for these and the hosts in them. Left out: everywhere. */
  readonly clusters?: readonly string[];
  /** How many hosts one operation may be about. */
  readonly maxHosts?: number;
  /** The same as a share, of 100, of the hosts that the grant holds for. */
  readonly maxPercent?: number;
}
