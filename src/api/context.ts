import type { Identity } from '../auth/authenticator.ts';
import type { Clusters } from '../inventory/clusters.ts';
import type { Hosts } from '../inventory/hosts.ts';
import type { Operations } from '../operations/operations.ts';

/** Who sent a request, once that is known. */
export interface Caller {
  identity: Identity;
  /** The address the request came from. */
  peer: string;
  requestId: string;
}

/** What the routes work with. */
export interface Services {
  hosts: Hosts;
  clusters: Clusters;
  operations: Operations;
  /** The caller of a request that was let through. */
  callerOf(request: Request): Caller;
  /** Why the server cannot serve just now, or undefined when it can. */
  unready(): string | undefined;
}
