import type { Access } from '../auth/access.ts';
import type { Identity } from '../auth/authenticator.ts';

/** Who sent a request, once that is known. */
export interface Caller {
  identity: Identity;
  /** What it may do. */
  access: Access;
  /**
   * The same by now, for what goes on being answered.
   *
   * @throws AppError `forbidden` when the request would be refused now
   */
  presentAccess: () => Promise<Access>;
  /** The address the request came from. */
  peer: string;
  requestId: string;
}
