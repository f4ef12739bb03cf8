import type { Access } from '../auth/access.ts';
import type { Identity } from '../auth/authenticator.ts';

/** The sender of a request, once authenticated. */
export interface Caller {
  identity: Identity;
  /** What the caller may do. */
  access: Access;
  /**
   * The access at this moment, for answers that go on.
   *
   * @throws AppError `forbidden` when the request would be refused now
   */
  presentAccess: () => Promise<Access>;
  /** The address the request came from. */
  peer: string;
  requestId: string;
}
